"""Games: the design of a game creative, and the rounds that were played."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from server.db import Instant

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("creative") as table:
        table.add_column(sa.Column("game", sa.JSON(), nullable=True))
    op.create_table(
        "game_round",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("screen_id", AutoString(), nullable=False),
        sa.Column("starts_at", Instant(timezone=True), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=False),
        sa.Column("creative_id", AutoString(), nullable=False),
        sa.Column("campaign_id", AutoString(length=26), nullable=True),
        sa.Column("seed", AutoString(length=64), nullable=False),
        sa.Column("snapshot", AutoString(), nullable=False),
        sa.Column("saved_at", Instant(timezone=True), nullable=False),
        sa.Column("settled_at", Instant(timezone=True), nullable=True),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("played", sa.Integer(), nullable=False),
        sa.Column("finished", sa.Integer(), nullable=False),
        sa.Column("prizes", sa.Integer(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_game_round_screen_id")),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_game_round_creative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_game_round")),
        sa.UniqueConstraint("screen_id", "starts_at", name=op.f("uq_game_round_screen_id_starts_at")),
    )
    op.create_index(op.f("ix_game_round_campaign_id"), "game_round", ["campaign_id"])
    op.create_index(op.f("ix_game_round_creative_id"), "game_round", ["creative_id"])


def downgrade() -> None:
    op.drop_table("game_round")
    with op.batch_alter_table("creative") as table:
        table.drop_column("game")
