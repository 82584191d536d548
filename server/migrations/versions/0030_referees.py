"""Which process referees a round, and an index for the rounds of some days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("game_round", sa.Column("referee", AutoString(length=26), nullable=False, server_default=""))
    op.create_index(op.f("ix_game_round_starts_at"), "game_round", ["starts_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_game_round_starts_at"), "game_round")
    op.drop_column("game_round", "referee")
