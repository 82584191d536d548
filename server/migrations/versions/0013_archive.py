"""When an advertiser, a merchant or an offer was archived."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = ("advertiser", "merchant", "offer")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("archived_at", Instant(timezone=True), nullable=True))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "archived_at")
