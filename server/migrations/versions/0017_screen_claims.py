"""How many of an offer were claimed at a screen with one token, or in one hour."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

from server.db import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "screen_claims",
        sa.Column("id", AutoString(length=80), nullable=False),
        sa.Column("offer_id", AutoString(), nullable=False),
        sa.Column("screen_id", AutoString(), nullable=False),
        sa.Column("span", AutoString(length=8), nullable=False),
        sa.Column("starts_at", Instant(timezone=True), nullable=False),
        sa.Column("first_at", Instant(timezone=True), nullable=False),
        sa.Column("last_at", Instant(timezone=True), nullable=False),
        sa.Column("claims", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_screen_claims_offer_id")),
        sa.ForeignKeyConstraint(["screen_id"], ["screen.id"], name=op.f("fk_screen_claims_screen_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screen_claims")),
    )
    for column in ("offer_id", "screen_id", "starts_at"):
        op.create_index(op.f(f"ix_screen_claims_{column}"), "screen_claims", [column])


def downgrade() -> None:
    op.drop_table("screen_claims")
