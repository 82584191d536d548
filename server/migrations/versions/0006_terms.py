"""Goals of the flight, pace, caps, exclusions; a venue's rules; a screen's multiplier and what it makes of plays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "exclusion",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("campaign_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_exclusion_campaign_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exclusion")),
    )
    with op.batch_alter_table("exclusion", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_exclusion_campaign_id"), ["campaign_id"], unique=False)
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.alter_column("value", existing_type=sa.String(length=64), type_=sa.String(length=80))
    op.add_column("campaign", sa.Column("pace", sa.String(length=16), nullable=False, server_default="even"))
    op.add_column("campaign", sa.Column("preemptible", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("campaign", sa.Column("hourly", sa.Integer(), nullable=True))
    op.add_column("venue", sa.Column("advert_free", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("venue", sa.Column("advert_free_days", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("venue", sa.Column("barred", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("venue", sa.Column("ride_s", sa.Integer(), nullable=False, server_default="30"))
    op.add_column("screen", sa.Column("multipliers", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("screen", sa.Column("multiplier_source", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("screen", sa.Column("multiplier_vendor", sa.String(length=80), nullable=False, server_default=""))
    op.add_column("delivered_day", sa.Column("impressions_milli", sa.BigInteger(), nullable=False, server_default="0"))
    # Until now every play was worth one impression.
    op.execute("UPDATE delivered_day SET impressions_milli = plays * 1000")


def downgrade() -> None:
    op.drop_column("delivered_day", "impressions_milli")
    for column in ("multiplier_vendor", "multiplier_source", "multipliers"):
        op.drop_column("screen", column)
    for column in ("ride_s", "barred", "advert_free_days", "advert_free"):
        op.drop_column("venue", column)
    for column in ("hourly", "preemptible", "pace"):
        op.drop_column("campaign", column)
    with op.batch_alter_table("target", schema=None) as batch_op:
        batch_op.alter_column("value", existing_type=sa.String(length=80), type_=sa.String(length=64))
    op.drop_table("exclusion")
