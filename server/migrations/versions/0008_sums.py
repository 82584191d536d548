"""Sums of each day that is over: by campaign, by screen, and what came late."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "settled_zone",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settled_zone")),
    )
    op.create_table(
        "campaign_sum",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("booked", "planned", "plays", "impressions_milli")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_sum")),
        sa.UniqueConstraint("campaign_id", "zone", "on", name=op.f("uq_campaign_sum_campaign_id_zone_on")),
    )
    op.create_table(
        "screen_sum",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen_sum")),
        sa.UniqueConstraint("screen_id", "on", name=op.f("uq_screen_sum_screen_id_on")),
    )
    op.create_table(
        "late_count",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.Column("impressions_milli", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_count")),
    )
    for table in ("screen_sum", "late_count"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.create_index(batch_op.f(f"ix_{table}_on"), ["on"], unique=False)


def downgrade() -> None:
    for table in ("screen_sum", "late_count"):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_index(batch_op.f(f"ix_{table}_on"))
    for table in ("late_count", "screen_sum", "campaign_sum", "settled_zone"):
        op.drop_table(table)
