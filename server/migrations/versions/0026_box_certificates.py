"""Certificates of boxes that are hotspots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel.sql.sqltypes import AutoString

from server.db import Instant

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "box_certificate",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("screen_id", AutoString(), nullable=False),
        sa.Column("name", AutoString(length=253), nullable=False),
        sa.Column("signing_request", AutoString(length=4096), nullable=False),
        sa.Column("key_digest", AutoString(length=64), nullable=False),
        sa.Column("requested_at", Instant(timezone=True), nullable=False),
        sa.Column("chain", AutoString(length=32768), nullable=False),
        sa.Column("starts_at", Instant(timezone=True), nullable=True),
        sa.Column("expires_at", Instant(timezone=True), nullable=True),
        sa.Column("order_after", Instant(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("trouble", AutoString(length=300), nullable=False),
        sa.Column("remedy", AutoString(length=300), nullable=False),
        sa.Column("detail", AutoString(length=300), nullable=False),
        sa.Column("dns_value", AutoString(length=64), nullable=False),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_box_certificate_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_box_certificate")),
        sa.UniqueConstraint("screen_id", name=op.f("uq_box_certificate_screen_id")),
    )


def downgrade() -> None:
    op.drop_table("box_certificate")
