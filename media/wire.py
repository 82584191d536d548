"""The messages that cross a border: server to player, box to phone. Frozen; unknown fields are ignored.

Times are integer milliseconds UTC, lengths integer milliseconds, ids strings.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, FiniteFloat

from media.characters import clean_text

PROTOCOL = 1
PROTOCOLS_SPOKEN = (1,)

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Kind = Literal["video", "image", "audio", "notice", "game", "coupon", "goods"]

# What a box or a phone sends is bounded: a hostile one may send anything, and an honest one must not lose a message
# because a file's name or an error's text in it is long or odd. Names are refused, texts are cut and cleaned.
YEAR_2200_MS = 7_258_118_400_000
COLUMN_MOST = 2**31 - 1
Name = Annotated[str, Field(max_length=64, pattern=r"^[ -~]*$")]  # ids, in printable ASCII
Count = Annotated[int, Field(ge=0, le=COLUMN_MOST)]
Instant = Annotated[int, Field(ge=0, le=YEAR_2200_MS)]
Milliseconds = Annotated[float, Field(ge=-YEAR_2200_MS, le=YEAR_2200_MS)]  # neither NaN nor infinite


def text_of(most: int) -> BeforeValidator:
    return BeforeValidator(lambda given: clean_text(given, most) if isinstance(given, str) else given)


def first_of(most: int) -> BeforeValidator:
    return BeforeValidator(lambda given: given[:most] if isinstance(given, (list, tuple)) else given)


Why = Annotated[str, text_of(300)]


class Message(BaseModel):
    """Base of all messages: frozen, and a reader ignores fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class MediaRef(Message):
    """Media by digest, fetched at `{media_base}/media/<digest>`."""

    digest: Digest
    mime: str
    bytes: int = Field(ge=0)
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None


class OfferCard(Message):
    """What a phone needs to draw a coupon before it asks how many are left."""

    id: str
    merchant: str
    title: str
    terms: str
    presence: bool


class PhoneItem(Message):
    """What a phone shows of an item: one shape per kind, the fields of other kinds absent."""

    picture: MediaRef | None = None
    sound: MediaRef | None = None
    poster: MediaRef | None = None
    captions: MediaRef | None = None
    image: MediaRef | None = None
    text: str | None = None
    offer: OfferCard | None = None


class Item(Message):
    """A creative as it crosses the wire. With `clock`, a zone's name, readers draw the time there over its picture."""

    id: str
    kind: Kind
    campaign: str | None = None
    title: str
    length_ms: int = Field(gt=0)
    screen: MediaRef
    phone: PhoneItem = PhoneItem()
    clock: str = ""


class Day(Message):
    """One local day of a screen: its span, and the digest of its table."""

    on: str
    starts_ms: int
    ends_ms: int
    digest: Digest


class Interrupt(Message):
    """Takes the screen over from `from_ms` until `until_ms`, or until it is lifted."""

    id: str
    item: str
    from_ms: int
    until_ms: int | None = None


class Filler(Message):
    """An item that may fill unsold time in its span; of those at an instant, the ones of the lowest rank are shown."""

    item: str
    rank: int
    from_ms: int = 0
    until_ms: int | None = None


class ScreenSettings(Message):
    """What a player must know of its screen beside the timeline."""

    sound: bool = False
    strip: bool = True
    page_url: str = ""
    short_address: str = ""
    wifi: str | None = None
    venue: str = ""
    zone: str = "UTC"
    presence_key: str = ""
    picture_every_s: int = 10


class Manifest(Message):
    """The small, versioned head of a timeline; its day tables are fetched by digest.

    `fillers` are what fills unsold time (media/fillers.py); `house` says it as well as can be to a player that does not
    know them.
    """

    protocol: int = PROTOCOL
    screen: str
    code: str
    version: int
    effective_ms: int
    slot_ms: int = Field(gt=0)
    media_base: str
    days: tuple[Day, ...]
    items: dict[str, Item]
    house: tuple[str, ...]
    fillers: tuple[Filler, ...] = ()
    interrupts: tuple[Interrupt, ...] = ()
    settings: ScreenSettings = ScreenSettings()

    def media(self) -> dict[str, MediaRef]:
        """Every media a player must hold, by digest."""
        return {item.screen.digest: item.screen for item in self.items.values()}


SpotKind = Literal["spot", "house", "interrupt", "off"]


class Spot(Message):
    """One planned showing at absolute times. `item` is None only when the screen is off or nothing exists."""

    starts_ms: int
    ends_ms: int
    item: str | None
    kind: SpotKind = "spot"


class Override(Message):
    """What a screen shows instead of its plan; None in `item` means nothing can be shown."""

    starts_ms: Instant
    item: Name | None
    why: Why


class Stage(Message):
    """What a phone is given: some minutes of the timeline, and the last ten items. `zone` is the screen's."""

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


PlayKind = Literal["spot", "house", "interrupt"]
PlayResult = Literal["played", "short", "failed", "interrupted"]


class Play(Message):
    """One showing that happened: the proof of play. `starts_ms` is the planned instant, `began_ms` the real one.

    Its values are judged one by one (server/plays/judge.py), so that one that is odd is refused with its reason.
    """

    id: Name = Field(min_length=26, max_length=26)
    kind: PlayKind
    screen: str
    starts_ms: int
    item: str
    campaign: str | None = None
    version: int
    began_ms: int
    ended_ms: int
    result: PlayResult
    why: str = ""
    phones: int = Field(default=0, ge=0)


class Plays(Message):
    """A batch of plays, oldest first, at most 1,000."""

    plays: tuple[Play, ...] = Field(max_length=1000)


class PlayAnswer(Message):
    """What became of one play; a box deletes it when accepted, duplicate, or refused for good."""

    id: str
    status: Literal["accepted", "duplicate", "refused"]
    why: str = ""
    final: bool = True


class PlaysAnswer(Message):
    plays: tuple[PlayAnswer, ...]


class FileTrouble(Message):
    """A media file that the player should hold and does not, and why."""

    digest: Digest
    why: Why


class FaultKind(StrEnum):
    """What of a player is broken."""

    X_SERVER = "x_server"  # the display has nothing to draw on
    DISPLAY = "display"  # the process that draws died, or does not answer
    ITEM = "item"  # one item's file cannot be shown
    JOURNAL = "journal"  # plays cannot be written


class Fault(Message):
    """One thing that is broken now; `title` is the item's."""

    kind: Name  # a FaultKind, or a newer player's word
    why: Why
    title: Annotated[str, text_of(120)] = ""


class Status(Message):
    """A player's heartbeat. `display` says in one line what `faults` say one by one."""

    protocol: int = PROTOCOL
    hardware: str = Field(max_length=128)
    boot_id: Name = Field(min_length=1)
    seq: Count
    screen: Name | None = None
    version: Count | None = None
    now_ms: Instant
    uptime_s: Count = 0
    clock_offset_ms: Milliseconds | None = None
    clock_error_ms: Milliseconds | None = None
    clock_trusted: bool = False
    showing: Name | None = None
    showing_since_ms: Instant | None = None
    files_held: Count = 0
    files_wanted: Count = 0
    files_missing: Annotated[tuple[FileTrouble, ...], first_of(50)] = ()
    disk_free_bytes: int | None = Field(default=None, ge=0, le=2**53)
    plays_waiting: Count = 0
    display: Why = ""
    faults: Annotated[tuple[Fault, ...], first_of(50)] = ()
    override: Override | None = None
    software: Annotated[str, text_of(120)] = ""


class Command(Message):
    """What a player is to do at once; one that it does not know is refused, never ignored."""

    id: str
    do: str


class CommandAnswer(Message):
    """The acknowledgement of a command: whether it was understood, and if not, why."""

    ok: bool
    why: Why = ""


class EnrolAsk(Message):
    """A box asks to be enrolled: it keeps the token, the server only its SHA-256 in hex."""

    hardware: str = Field(min_length=4, max_length=128)
    token_sha256: Digest


class EnrolCode(Message):
    enrolment: str
    code: str
    expires_ms: int


class EnrolState(Message):
    """`screen` is None until an operator has typed the code."""

    screen: str | None = None


class ClockPing(Message):
    """`t0` is the sender's own clock in ms; it comes back untouched."""

    t0: FiniteFloat


class ClockPong(Message):
    """`t1` when the ping was read, `t2` when the answer left, both server UTC in ms."""

    t0: float
    t1: float
    t2: float


class PhoneHello(Message):
    """Auth of a phone's socket: the code of the screen it looks at; empty on an offer's own page."""

    screen: str = Field(default="", max_length=12)


class VersionHint(Message):
    """A hint that a newer timeline or stage exists; the manifest is the truth."""

    version: int


class StockHint(Message):
    offer: str
    left: int


class ErrorBody(Message):
    code: str
    message: str
    remedy: str = ""


class ErrorAnswer(Message):
    error: ErrorBody
