"""Requests of the portal to the player's daemon, which alone knows the timeline, the clock and the files."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from media.wire.game_rounds import MOST_PRIZES, RoundReport, SeatNumber
from media.wire.games import GameRules, GameState
from media.wire.message import Digest, Instant
from media.wire.phone import LONGEST_KEY, Stage, WalletClaim
from media.wire.status import CertificateReport
from media.wire.timeline import Item

LONGEST_ITEM = 53
LONGEST_LINK = 64
LONGEST_SIGNING_REQUEST = 2048  # a line of the socket holds it with the rest
REQUEST_BYTES = 64 << 10  # a round with all its seats


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScreenRequest(Strict):
    """scanned: an item's id, or empty"""

    kind: Literal["screen"] = "screen"
    scanned: str = Field(default="", max_length=LONGEST_ITEM)


class MediaRequest(Strict):
    kind: Literal["media"] = "media"
    digest: Digest


class HandOutRequest(Strict):
    """A claim for a phone from the box's lease. only_earlier: only one that it got here and the server does not know.

    phone: the hash of its token
    """

    kind: Literal["hand_out"] = "hand_out"
    offer: str = Field(max_length=64)
    phone: Digest
    key: str = Field(max_length=LONGEST_KEY)
    only_earlier: bool


class WalletRequest(Strict):
    """The coupons that a phone got here."""

    kind: Literal["wallet"] = "wallet"
    phone: Digest


class CouponRequest(Strict):
    """The coupon that a link opens; `link` is the last part of its address."""

    kind: Literal["coupon"] = "coupon"
    link: str = Field(max_length=LONGEST_LINK)


class CertificateExchange(Strict):
    """The portal's certificate, and its signing request for another; empty: it requests none now."""

    kind: Literal["certificate"] = "certificate"
    signing_request: str = Field(default="", max_length=LONGEST_SIGNING_REQUEST)
    report: CertificateReport


class GameRequest(Strict):
    """The game whose spot starts at this instant."""

    kind: Literal["game"] = "game"
    spot_ms: Instant


class GameShown(Strict):
    """How a game stands, for the board on the screen."""

    kind: Literal["game_state"] = "game_state"
    state: GameState


class SeatPhone(Strict):
    """phone: the hash of the token of the phone in this seat"""

    seat: SeatNumber
    phone: Digest


class SettleRequest(Strict):
    """A game is over: the prizes of these seats, of the box's lease of this offer, and the round for the server.

    round: without prizes · offer: empty if nothing is won
    """

    kind: Literal["settle"] = "settle"
    round: RoundReport
    offer: str = Field(max_length=64)
    winners: tuple[SeatPhone, ...] = Field(max_length=MOST_PRIZES)


PlayerRequest = Annotated[
    ScreenRequest
    | MediaRequest
    | HandOutRequest
    | WalletRequest
    | CouponRequest
    | CertificateExchange
    | GameRequest
    | GameShown
    | SettleRequest,
    Field(discriminator="kind"),
]


class Now(Strict):
    """The screens' clock: ms UTC at an instant of the machine's monotonic clock, which all its processes share."""

    utc_ms: float
    mono_ns: int


class ScreenAnswer(Strict):
    """The screen that this box plays.

    stage: its media are at this box · scanned_item: None if this screen does not show it at all
    presence: the token that the strip shows now · has_uplink: whether the server answered the last time
    """

    kind: Literal["screen"] = "screen"
    stage: Stage
    scanned_item: Item | None = None
    public_base: str
    presence: str
    has_uplink: bool
    now: Now


class NoScreen(Strict):
    """The box is not enrolled, or has no timeline yet."""

    kind: Literal["no_screen"] = "no_screen"
    public_base: str
    has_uplink: bool
    now: Now


class MediaAnswer(Strict):
    kind: Literal["media"] = "media"
    path: str
    mime: str


class NoMedia(Strict):
    """No item of the timeline has this file, or it is not on the disk yet."""

    kind: Literal["no_media"] = "no_media"


class Coupon(Strict):
    """A claim that a phone got here, as it is in this half-minute. reported: the server knows it"""

    claim: WalletClaim
    number: str
    reported: bool


class CouponsAnswer(Strict):
    """The coupons that were requested, the newest first."""

    kind: Literal["coupons"] = "coupons"
    coupons: tuple[Coupon, ...]


class CertificateNews(Strict):
    """name: the box's own; empty: not known, or the server gives none · chain: empty: there is none yet
    now_ms: the screens' clock; None: the box does not know the time
    """

    kind: Literal["certificate"] = "certificate"
    name: str
    chain: str
    now_ms: int | None


class NotHandedOut(StrEnum):
    """Why a phone gets no claim here."""

    NO_LEASE = "no_lease"  # the box may hand out nothing of this offer now, or does not know the time
    USED_UP = "used_up"
    LIMIT = "limit"  # the phone has as many as one phone may have
    OTHER_REQUEST = "other_request"  # the key was used for another offer


class NoCoupon(Strict):
    kind: Literal["no_coupon"] = "no_coupon"
    why: NotHandedOut


class GameAnswer(Strict):
    """A game that this box referees. offer: its prize; empty if it has none"""

    kind: Literal["game"] = "game"
    screen: str
    item: str
    version: int
    length_ms: int
    rules: GameRules
    offer: str


class NoGame(Strict):
    """No game's spot starts at that instant, or its referee is the server."""

    kind: Literal["no_game"] = "no_game"
    at_server: bool


class Settled(Strict):
    """The round is on the disk. winners: the seats that have a prize, the same at each call"""

    kind: Literal["settled"] = "settled"
    winners: tuple[int, ...]


class Done(Strict):
    kind: Literal["done"] = "done"


class BadRequest(Strict):
    kind: Literal["bad_request"] = "bad_request"


PlayerAnswer = Annotated[
    ScreenAnswer
    | NoScreen
    | MediaAnswer
    | NoMedia
    | CouponsAnswer
    | NoCoupon
    | CertificateNews
    | GameAnswer
    | NoGame
    | Settled
    | Done
    | BadRequest,
    Field(discriminator="kind"),
]

PLAYER_REQUEST: TypeAdapter[PlayerRequest] = TypeAdapter(PlayerRequest)
PLAYER_ANSWER: TypeAdapter[PlayerAnswer] = TypeAdapter(PlayerAnswer)
