"""Holds on room for drafts, and the revision at which the network is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network_revision",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_revision")),
    )
    op.create_table(
        "campaign_hold",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("until_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("placed_by", sa.String(length=26), nullable=True),
        sa.Column("placed_at", server.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_campaign_hold_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_hold")),
        sa.UniqueConstraint("campaign_id", name=op.f("uq_campaign_hold_campaign_id")),
    )
    with op.batch_alter_table("campaign_hold", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_hold_until_at"), ["until_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("campaign_hold", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_hold_until_at"))
    op.drop_table("campaign_hold")
    op.drop_table("network_revision")
