"""Sessions are known to the server; links and keys know what they were made for.

Everybody is signed out: cookies from before name no session, and could not be ended. Links that wait stay good.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.db import Instant

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("last_seen_at", Instant(timezone=True), nullable=False),
        sa.Column("browser", sa.String(length=40), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("network", sa.String(length=50), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_person_session_token_hash")),
    )
    op.create_index(op.f("ix_person_session_person_id"), "person_session", ["person_id"])
    op.add_column("api_key", sa.Column("made_by", sa.String(length=26), nullable=True))
    op.add_column("sign_in_link", sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"))
    op.execute(
        "UPDATE sign_in_link SET epoch = (SELECT session_epoch FROM person WHERE person.id = sign_in_link.person_id)"
        " WHERE person_id IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_column("sign_in_link", "epoch")
    op.drop_column("api_key", "made_by")
    op.drop_table("person_session")
