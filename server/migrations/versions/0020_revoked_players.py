"""An index for the look for revoked players, which every web process takes once a second."""

from __future__ import annotations

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_player_revoked_at"), "player", ["revoked_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_player_revoked_at"), "player")
