"""When an archived creative left the last timeline, and the files that newer renditions replaced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("creative", sa.Column("off_air_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "former_rendition",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("creative_id", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["creative_id"], ["creative.id"], name=op.f("fk_former_rendition_creative_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_rendition")),
    )
    op.create_index(op.f("ix_former_rendition_creative_id"), "former_rendition", ["creative_id"])
    op.create_index(op.f("ix_former_rendition_digest"), "former_rendition", ["digest"])


def downgrade() -> None:
    op.drop_table("former_rendition")
    op.drop_column("creative", "off_air_at")
