"""Faults of screens that phones report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from server.db import Instant

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reported_fault",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("screen_id", AutoString(), nullable=False),
        sa.Column("phone_hash", AutoString(length=64), nullable=False),
        sa.Column("fault", sa.String(length=16), nullable=False),
        sa.Column("reported_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_reported_fault_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reported_fault")),
        sa.UniqueConstraint("screen_id", "phone_hash", name=op.f("uq_reported_fault_screen_id_phone_hash")),
    )
    op.create_index(op.f("ix_reported_fault_reported_at"), "reported_fault", ["reported_at"])


def downgrade() -> None:
    op.drop_table("reported_fault")
