"""A creative's title on phones, when it was archived, and the files that were replaced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("creative", sa.Column("phone_title", sa.String(length=120), nullable=False, server_default=""))
    op.add_column("creative", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "replaced_file",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("length_ms", sa.Integer(), nullable=False),
        sa.Column("screen_digest", sa.String(length=64), nullable=True),
        sa.Column("screen_mime", sa.String(length=60), nullable=False),
        sa.Column("thumb_digest", sa.String(length=64), nullable=True),
        sa.Column("replaced_by", sa.String(length=26), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_replaced_file_creative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replaced_file")),
    )
    op.create_index(op.f("ix_replaced_file_creative_id"), "replaced_file", ["creative_id"])
    op.create_index(op.f("ix_replaced_file_screen_digest"), "replaced_file", ["screen_digest"])


def downgrade() -> None:
    op.drop_table("replaced_file")
    op.drop_column("creative", "archived_at")
    op.drop_column("creative", "phone_title")
