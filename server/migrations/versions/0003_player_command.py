"""Commands that operators send to players, and the players' answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "player_command",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("player_id", sa.String(), nullable=False),
        sa.Column(
            "do",
            sa.Enum("picture", "identify", "restart_display", name="commandkind", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("asked_at", server.db.Instant(timezone=True), nullable=False),
        sa.Column("answered_at", server.db.Instant(timezone=True), nullable=True),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(["player_id"], ["player.id"], name=op.f("fk_player_command_player_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_player_command")),
    )
    with op.batch_alter_table("player_command", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_player_command_player_id"), ["player_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("player_command", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_player_command_player_id"))
    op.drop_table("player_command")
