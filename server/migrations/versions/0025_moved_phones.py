"""Phones whose coupons moved to another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from server.db import Instant

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "moved_phone",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("token_hash", AutoString(length=64), nullable=False),
        sa.Column("moved_to", AutoString(), nullable=False),
        sa.Column("moved_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["moved_to"], ["phone.id"], name=op.f("fk_moved_phone_moved_to")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moved_phone")),
    )
    for column in ("token_hash", "moved_to", "moved_at"):
        op.create_index(op.f(f"ix_moved_phone_{column}"), "moved_phone", [column])


def downgrade() -> None:
    op.drop_table("moved_phone")
