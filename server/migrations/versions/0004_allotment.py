"""Plays that the network's plan gives each screen's day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import server.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "allotment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("bookings", sa.JSON(), nullable=False),
        sa.Column("created_at", server.db.Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotment")),
    )
    op.create_table(
        "allotted_day",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("screen_id", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["digest"], ["allotment.id"], name=op.f("fk_allotted_day_digest")),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_allotted_day_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allotted_day")),
        sa.UniqueConstraint("screen_id", "on", name=op.f("uq_allotted_day_screen_id_on")),
    )
    with op.batch_alter_table("allotted_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_allotted_day_digest"), ["digest"], unique=False)
        batch_op.create_index(batch_op.f("ix_allotted_day_on"), ["on"], unique=False)
        batch_op.create_index(batch_op.f("ix_allotted_day_screen_id"), ["screen_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("allotted_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_allotted_day_screen_id"))
        batch_op.drop_index(batch_op.f("ix_allotted_day_on"))
        batch_op.drop_index(batch_op.f("ix_allotted_day_digest"))
    op.drop_table("allotted_day")
    op.drop_table("allotment")
