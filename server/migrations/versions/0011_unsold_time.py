"""Fillers of unsold time: house content may have a first and a last day, and buildings have cards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("house_content", sa.Column("first_on", sa.Date(), nullable=True))
    op.add_column("house_content", sa.Column("last_on", sa.Date(), nullable=True))
    op.create_table(
        "building_card",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column("venue_id", sa.String(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_building_card_creative_id")),
        sa.ForeignKeyConstraint(["venue_id"], ["venue.id"], name=op.f("fk_building_card_venue_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building_card")),
        sa.UniqueConstraint("creative_id", name=op.f("uq_building_card_creative_id")),
        sa.UniqueConstraint("venue_id", "width", "height", name=op.f("uq_building_card_venue_id_width_height")),
    )


def downgrade() -> None:
    op.drop_table("building_card")
    op.drop_column("house_content", "last_on")
    op.drop_column("house_content", "first_on")
