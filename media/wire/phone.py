"""Phones: the stage that their page follows, and the coupons that they claim."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from media.wire.message import PROTOCOL, Instant, Message, Name, first_of
from media.wire.timeline import Item, Override, Spot

LONGEST_KEY = 64
MOST_SHOWN = 100  # offers on one page


class Stage(Message):
    """The part of a timeline that a phone gets: some minutes, and the last ten items. `zone` is the screen's.

    games_at_box: its games are played on the WiFi of its box, and only there
    """

    protocol: int = PROTOCOL
    screen: str
    version: int
    now_ms: int
    until_ms: int
    spots: tuple[Spot, ...]
    past: tuple[Spot, ...]
    items: dict[str, Item]
    override: Override | None = None
    media_base: str
    zone: str = ""
    games_at_box: bool = False


class ShownOffers(Message):
    """The ids of all offers that a phone's page shows: the phone gets the hints about these alone."""

    offers: Annotated[tuple[Name, ...], first_of(MOST_SHOWN)] = ()


class PhoneHello(ShownOffers):
    """Auth of a phone's socket: the code of the screen it looks at; empty on an offer's own page."""

    screen: str = Field(default="", max_length=12)


class StockHint(Message):
    """A hint to the phones that show an offer that so many pieces of it are left."""

    offer: str
    left: int


class OfferStanding(StrEnum):
    """Whether an offer can be claimed now, or why not."""

    OPEN = "open"
    DRAFT = "draft"
    NOT_YET = "not_yet"
    OVER = "over"
    PAUSED = "paused"
    STOPPED = "stopped"
    SOLD_OUT = "sold_out"


class Stock(Message):
    """How many pieces of an offer are left, and whether it can be claimed now."""

    offer: str
    left: int
    standing: OfferStanding


class PageHello(Message):
    """The initial data of the page's script: the JSON block of the page's HTML.

    `scanned` is the item id in the address that was scanned, `presence` the token of the strip's QR, `token` the
    phone's own where it keeps no cookie. Where `public_base` is another origin than the page's, the page comes from a
    box.
    """

    code: str
    public_base: str
    language: Literal["en", "zh"]
    scanned: str
    scanned_item: Item | None
    presence: str
    token: str
    stock: tuple[Stock, ...]
    stage: Stage


class ClaimRequest(Message):
    """Where the phone is: the screen's code, and the presence token of its strip.

    `key` makes a repeat harmless; programs send it as the header `Idempotency-Key`.
    """

    screen: str = Field(default="", max_length=12)
    presence: str = Field(default="", max_length=64)
    key: str = Field(default="", max_length=LONGEST_KEY)


class SeenFault(StrEnum):
    """A fault of a screen as a person sees it."""

    BLACK = "black"
    FROZEN = "frozen"


class FaultReport(Message):
    """A phone reports that the screen has a fault. seen_ms: when it did so at a box without an uplink; None: now"""

    fault: SeenFault
    seen_ms: Instant | None = None


class ClaimState(StrEnum):
    """Whether a claim can still be used at the counter."""

    READY = "ready"
    REDEEMED = "redeemed"
    EXPIRED = "expired"


class ClaimAnswer(Message):
    """A claim as it is now. The QR is this half-minute's; the page behind `wallet_url` keeps it fresh.

    A key that is repeated long after gets its claim, in its present `state`.
    """

    claim: str
    state: ClaimState
    code: str
    qr: str
    wallet_url: str
    expires_at: datetime


class WalletClaim(ClaimAnswer):
    """A claim in the wallet, with its offer."""

    offer: str
    title: str
    terms: str
    merchant: str
    claimed_at: datetime
    redeemed_at: datetime | None


class Handover(Message):
    """A token with which the server's page takes over the coupons of the box's page, on the same phone."""

    token: str = Field(max_length=200)


class TakenOver(Message):
    """How many coupons moved."""

    coupons: int


class WalletAnswer(Message):
    """All claims of one phone."""

    claims: tuple[WalletClaim, ...]


class ClaimStateAnswer(Message):
    """The state of one claim, which its own page polls."""

    state: ClaimState
