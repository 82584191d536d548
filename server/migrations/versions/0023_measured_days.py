"""Phones present by day, so that a report over many screens reads the hours only for its hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivered_day", sa.Column("measured", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("delivered_day", sa.Column("phones", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("delivered_day", "phones")
    op.drop_column("delivered_day", "measured")
