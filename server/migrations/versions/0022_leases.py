"""Claims that were made ahead for boxes, which hand them out while their uplink is down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlmodel import AutoString

from server.db import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("player_id", AutoString(), nullable=False),
        sa.Column("offer_id", AutoString(), nullable=False),
        sa.Column("made_at", Instant(timezone=True), nullable=False),
        sa.Column("expires_at", Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["player_id"], ["player.id"], name=op.f("fk_lease_player_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_lease_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lease")),
        sa.UniqueConstraint("player_id", "offer_id", name=op.f("uq_lease_player_id_offer_id")),
    )
    for column in ("offer_id", "expires_at"):
        op.create_index(op.f(f"ix_lease_{column}"), "lease", [column])
    op.create_table(
        "leased_claim",
        sa.Column("id", AutoString(length=26), nullable=False),
        sa.Column("lease_id", AutoString(), nullable=False),
        sa.Column("offer_id", AutoString(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("code_hmac", AutoString(length=64), nullable=False),
        sa.Column("qr_hmac", AutoString(length=64), nullable=False),
        sa.Column("link_hmac", AutoString(length=64), nullable=False),
        sa.Column("expires_at", Instant(timezone=True), nullable=False),
        sa.Column("received_at", Instant(timezone=True), nullable=True),
        sa.Column("phone_hash", AutoString(length=64), nullable=True),
        sa.Column("disputed_at", Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["lease_id"], ["lease.id"], name=op.f("fk_leased_claim_lease_id")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_leased_claim_offer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leased_claim")),
        *(
            sa.UniqueConstraint(column, name=op.f(f"uq_leased_claim_{column}"))
            for column in ("code_hmac", "qr_hmac", "link_hmac")
        ),
    )
    for column in ("lease_id", "offer_id", "expires_at"):
        op.create_index(op.f(f"ix_leased_claim_{column}"), "leased_claim", [column])


def downgrade() -> None:
    """Pieces that boxes hold return to the stock: the older version knows no claims that were made ahead."""
    op.execute(
        "UPDATE offer SET stock_left = stock_left + "
        "(SELECT count(*) FROM leased_claim WHERE leased_claim.offer_id = offer.id AND leased_claim.state = 'leased')"
    )
    op.drop_table("leased_claim")
    op.drop_table("lease")
