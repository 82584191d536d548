"""The plan of a venue's hotspots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("venue", sa.Column("hotspot_plan", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("venue", "hotspot_plan")
