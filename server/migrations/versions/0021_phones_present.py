"""Phones present during plays, with the number of counts; their sums by hour; and the hours of hotspots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COUNTERS = ("present_sum", "joins", "returns", "refusals", "ended_time", "ended_bytes", "ended_idle", "uplink_bytes")


def upgrade() -> None:
    # Plays until now were not measured: their boxes reported 0 without counting.
    op.add_column("play", sa.Column("phones_samples", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "phones_hour",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.String(length=26), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=False),
        sa.Column("phones", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phones_hour")),
        sa.UniqueConstraint(
            "screen_id", "on", "hour", "campaign_id", name=op.f("uq_phones_hour_screen_id_on_hour_campaign_id")
        ),
    )
    for column in ("on", "campaign_id"):
        op.create_index(op.f(f"ix_phones_hour_{column}"), "phones_hour", [column])
    op.create_table(
        "hotspot_hour",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(length=26), nullable=False),
        sa.Column("starts_at", Instant(timezone=True), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("present_most", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTERS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotspot_hour")),
        sa.UniqueConstraint("screen_id", "starts_at", name=op.f("uq_hotspot_hour_screen_id_starts_at")),
    )
    op.create_index(op.f("ix_hotspot_hour_starts_at"), "hotspot_hour", ["starts_at"])


def downgrade() -> None:
    op.drop_table("hotspot_hour")
    op.drop_table("phones_hour")
    op.drop_column("play", "phones_samples")
