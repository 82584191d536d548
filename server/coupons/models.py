"""Merchants, offers, phones, claims, leases, redemptions and reversals."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from server.db import id_field, instant_field, word_field


class Merchant(SQLModel, table=True):
    id: str = id_field()
    name: str = Field(max_length=120)
    address: str = Field(default="", max_length=200)
    zone: str = Field(default="Asia/Shanghai", max_length=64)
    created_at: datetime = instant_field()
    archived_at: datetime | None = instant_field(default=None, nullable=True)


class OfferState(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"


class Offer(SQLModel, table=True):
    """Terms and stock. Valid until `valid_until`, or `valid_days` after the claim; hours in the merchant's zone."""

    __table_args__ = (
        CheckConstraint("stock_left >= 0", name="stock_left"),
        CheckConstraint("stock_left <= stock", name="stock"),
    )

    id: str = id_field()
    merchant_id: str = Field(foreign_key="merchant.id", index=True)
    title: str = Field(max_length=80)
    terms: str = Field(default="", max_length=1000)
    state: OfferState = word_field(OfferState, default=OfferState.ACTIVE)
    stock: int
    stock_left: int
    per_phone: int = Field(default=1, ge=1)
    claim_from: datetime | None = instant_field(default=None, nullable=True)
    claim_until: datetime | None = instant_field(default=None, nullable=True)
    valid_until: datetime | None = instant_field(default=None, nullable=True)
    valid_days: int | None = None
    weekdays: str = Field(default="0123456", max_length=7)
    from_min: int = 0
    until_min: int = 1440
    presence: bool = True
    created_at: datetime = instant_field()
    archived_at: datetime | None = instant_field(default=None, nullable=True)


class Phone(SQLModel, table=True):
    """A phone is a random id, known by a cookie or a token in the URL, of which only the hash is stored."""

    id: str = id_field()
    token_hash: str = Field(unique=True, max_length=64)
    language: str = Field(default="", max_length=5)
    created_at: datetime = instant_field()


class RecoveryLink(SQLModel, table=True):
    """ "Save my coupons": the phone that opens the link takes the wallet over, and the old copies are void."""

    __tablename__ = "recovery_link"

    id: str = id_field()
    phone_id: str = Field(foreign_key="phone.id", index=True)
    token_hash: str = Field(unique=True, max_length=64)
    created_at: datetime = instant_field()
    used_at: datetime | None = instant_field(default=None, nullable=True)


class MovedPhone(SQLModel, table=True):
    """Another phone has the coupons that the phone of this hash claimed until then."""

    __tablename__ = "moved_phone"

    id: str = id_field()
    token_hash: str = Field(index=True, max_length=64)
    moved_to: str = Field(foreign_key="phone.id", index=True)
    moved_at: datetime = instant_field(index=True)


class Claim(SQLModel, table=True):
    """One phone's copy of an offer. `nth` makes the phone's limit a unique key; `epoch` grows to void copies."""

    __table_args__ = (
        UniqueConstraint("offer_id", "phone_id", "nth"),
        UniqueConstraint("phone_id", "idempotency_key"),
    )

    id: str = id_field()
    offer_id: str = Field(foreign_key="offer.id", index=True)
    phone_id: str = Field(foreign_key="phone.id", index=True)
    nth: int = 1
    epoch: int = 0
    idempotency_key: str = Field(max_length=64)
    code_hmac: str = Field(unique=True, max_length=64)
    qr_hmac: str = Field(unique=True, max_length=64)
    link_hmac: str = Field(unique=True, max_length=64)
    screen_id: str | None = Field(default=None, max_length=26, index=True)
    presence: str = Field(default="none", max_length=8)
    claimed_at: datetime = instant_field(index=True)
    expires_at: datetime = instant_field()
    redeemed_at: datetime | None = instant_field(default=None, nullable=True)


class Lease(SQLModel, table=True):
    """The finished claims of one offer that a box may hand out while its uplink is down; renewed while it is up."""

    __table_args__ = (UniqueConstraint("player_id", "offer_id"),)

    id: str = id_field()
    player_id: str = Field(foreign_key="player.id")
    offer_id: str = Field(foreign_key="offer.id", index=True)
    made_at: datetime = instant_field()
    expires_at: datetime = instant_field(index=True)


class LeasedState(StrEnum):
    """Leased: at the box, or with a phone that was not reported yet. Claimed: a claim of the same id exists.
    Returned: back in the stock."""

    LEASED = "leased"
    CLAIMED = "claimed"
    RETURNED = "returned"


class LeasedClaim(SQLModel, table=True):
    """A claim that was made ahead: its piece is out of the stock, and its claim is written under the same id once
    somebody is known to have it.

    expires_at: after this no claim made of it is valid, however late the box handed it out
    received_at: when the box first reported that it has it; until then it is sent again
    phone_hash: of the phone that the box gave it to, as first reported
    disputed_at: when it was reported for another phone as well
    """

    __tablename__ = "leased_claim"

    id: str = id_field()
    lease_id: str = Field(foreign_key="lease.id", index=True)
    offer_id: str = Field(foreign_key="offer.id", index=True)
    state: LeasedState = word_field(LeasedState, default=LeasedState.LEASED)
    code_hmac: str = Field(unique=True, max_length=64)
    qr_hmac: str = Field(unique=True, max_length=64)
    link_hmac: str = Field(unique=True, max_length=64)
    expires_at: datetime = instant_field(index=True)
    received_at: datetime | None = instant_field(default=None, nullable=True)
    phone_hash: str | None = Field(default=None, max_length=64)
    disputed_at: datetime | None = instant_field(default=None, nullable=True)


class ScreenClaims(SQLModel, table=True):
    """How many of an offer were claimed at a screen with one token, or in one hour (`coupons/caps.py`).

    `id` says of what: offer, screen, span and start · `most`: the cap at the last claim
    """

    __tablename__ = "screen_claims"

    id: str = Field(primary_key=True, max_length=80)
    offer_id: str = Field(foreign_key="offer.id", index=True)
    screen_id: str = Field(foreign_key="screen.id", index=True)
    span: str = Field(max_length=8)
    starts_at: datetime = instant_field(index=True)
    first_at: datetime = instant_field()
    last_at: datetime = instant_field()
    claims: int
    most: int


class Redemption(SQLModel, table=True):
    """A claim's use at the counter: append-only. `how`: live (this half-minute's code) or static (at discretion)."""

    id: str = id_field()
    claim_id: str = Field(foreign_key="claim.id", index=True)
    merchant_id: str = Field(foreign_key="merchant.id", index=True)
    person_id: str | None = Field(default=None, max_length=26)
    till: str = Field(default="", max_length=80)
    how: str = Field(max_length=8)
    idempotency_key: str | None = Field(default=None, max_length=100, unique=True)
    redeemed_at: datetime = instant_field(index=True)


class Reversal(SQLModel, table=True):
    """Takes one redemption back, once, with a reason."""

    id: str = id_field()
    redemption_id: str = Field(foreign_key="redemption.id", unique=True)
    person_id: str | None = Field(default=None, max_length=26)
    reason: str = Field(max_length=300)
    reversed_at: datetime = instant_field()
