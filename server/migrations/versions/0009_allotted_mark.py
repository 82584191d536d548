"""Who wrote last what a day's screens are allotted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allotted_mark",
        sa.Column("id", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotted_mark")),
    )


def downgrade() -> None:
    op.drop_table("allotted_mark")
