"""The forecast of each running campaign, and why the network could not be allotted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network_trouble",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("failed_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("trouble", sa.String(length=300), nullable=False),
        sa.Column("remedy", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_trouble")),
    )
    op.create_table(
        "campaign_forecast",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("counted_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("unit", sa.String(length=12), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("booked", "expected", "played", "awaited", "planned", "at_end")
        ),
        sa.ForeignKeyConstraint(["id"], ["campaign.id"], name=op.f("fk_campaign_forecast_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_forecast")),
    )


def downgrade() -> None:
    op.drop_table("campaign_forecast")
    op.drop_table("network_trouble")
