"""The sums of settled days by creative, with all that a report counts.

They are made anew from the rows of planned and delivered days when the next job settles the days.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SUMS = ("booked", "planned", "plays", "impressions_milli")
MORE_SUMS = ("shown_ms", "failed", "measured", "phones")


def upgrade() -> None:
    _forget_sums()
    op.drop_table("campaign_sum")
    _make_campaign_sum(("campaign_id", "creative_id", "zone", "on"), (*SUMS, *MORE_SUMS))
    op.create_index(op.f("ix_campaign_sum_on"), "campaign_sum", ["on"])
    op.drop_index(op.f("ix_late_count_on"), "late_count")
    op.drop_table("late_count")
    numbers = (
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.Column("impressions_milli", sa.BigInteger(), nullable=False),
        sa.Column("shown_ms", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("measured", sa.Integer(), nullable=False),
        sa.Column("phones", sa.BigInteger(), nullable=False),
    )
    _make_late_count((sa.Column("creative_id", sa.String(64), nullable=False), *numbers))


def downgrade() -> None:
    _forget_sums()
    op.drop_index(op.f("ix_campaign_sum_on"), "campaign_sum")
    op.drop_table("campaign_sum")
    _make_campaign_sum(("campaign_id", "zone", "on"), SUMS)
    op.drop_index(op.f("ix_late_count_on"), "late_count")
    op.drop_table("late_count")
    _make_late_count(
        (
            sa.Column("plays", sa.Integer(), nullable=False),
            sa.Column("impressions_milli", sa.BigInteger(), nullable=False),
        )
    )


def _forget_sums() -> None:
    """No day is settled any more, so that all are counted by their rows."""
    for table in ("screen_sum", "settled_zone"):
        op.execute(f"DELETE FROM {table}")


def _make_campaign_sum(key: Sequence[str], sums: Sequence[str]) -> None:
    types: dict[str, Any] = {
        "campaign_id": sa.String(26),
        "creative_id": sa.String(64),
        "zone": sa.String(64),
        "on": sa.Date(),
    }
    op.create_table(
        "campaign_sum",
        sa.Column("id", sa.String(26), nullable=False),
        *(sa.Column(name, types[name], nullable=False) for name in key),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in sums),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_sum")),
        sa.UniqueConstraint(*key, name=op.f(f"uq_campaign_sum_{'_'.join(key)}")),
    )


def _make_late_count(columns: Sequence[sa.Column[Any]]) -> None:
    op.create_table(
        "late_count",
        sa.Column("id", sa.String(26), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("screen_id", sa.String(26), nullable=False),
        sa.Column("campaign_id", sa.String(26), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_count")),
    )
    op.create_index(op.f("ix_late_count_on"), "late_count", ["on"])
