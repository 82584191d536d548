"""A warning about a creative's looks: a light picture was put on a dark background, say."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("creative", sa.Column("warning", sa.String(length=300), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("creative", "warning")
