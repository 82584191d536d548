"""A venue says why its timelines could not be planned."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("venue", sa.Column("plan_failed_at", server.db.Instant(timezone=True), nullable=True))
    op.add_column("venue", sa.Column("plan_trouble", sa.String(length=300), nullable=False, server_default=""))
    op.add_column("venue", sa.Column("plan_remedy", sa.String(length=300), nullable=False, server_default=""))


def downgrade() -> None:
    for column in ("plan_remedy", "plan_trouble", "plan_failed_at"):
        op.drop_column("venue", column)
