"""The timeline as a player fetches it: the manifest, its items, and the spots that readers compute from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from media.wire.games import GameColours, GameKind, GameRules, Phrase, PrizeFor, Question
from media.wire.hotspot import PlannedHotspot
from media.wire.message import PROTOCOL, Digest, Instant, Message, Name, Why

Kind = Literal["video", "image", "audio", "notice", "game", "coupon", "goods"]


class MediaRef(Message):
    """Media by digest, fetched at `{media_base}/media/<digest>`."""

    digest: Digest
    mime: str
    bytes: int = Field(ge=0)
    duration_ms: int | None = None
    width: int | None = None
    height: int | None = None


class OfferCard(Message):
    """A coupon as a phone draws it before it knows how many are left."""

    id: str
    merchant: str
    title: str
    terms: str
    presence: bool


class GameLook(Message):
    """The advertiser's pictures and colours in a game. Without one of them, the game has the usual look."""

    colours: GameColours | None = None
    logo: MediaRef | None = None
    product: MediaRef | None = None
    background: MediaRef | None = None

    @property
    def pictures(self) -> dict[str, MediaRef]:
        """Those that there are, by name."""
        every = {"logo": self.logo, "product": self.product, "background": self.background}
        return {name: ref for name, ref in every.items() if ref is not None}


class GameCard(Message):
    """A game as a phone and the screen draw it before anybody plays.

    call: what it invites to · play_after_ms, result_after_ms: when the play and the result begin, after the spot
    prize: what may be won; its stock may be used up · one_in: of how many that are drawn one wins · questions: of a
    quiz · package, pictures, most_score: of a custom game, the zip of its files, the names of those that the screen may
    show, and the highest score that counts
    """

    kind: GameKind
    call: Phrase
    play_after_ms: int
    result_after_ms: int
    prize_for: PrizeFor | None = None
    prizes: int = 0
    one_in: int = 1
    prize: OfferCard | None = None
    look: GameLook = GameLook()
    questions: tuple[Question, ...] = ()
    package: MediaRef | None = None
    pictures: tuple[str, ...] = ()
    most_score: int = 0


class PhoneItem(Message):
    """The phone's view of an item: one shape per kind, the fields of other kinds absent."""

    picture: MediaRef | None = None
    sound: MediaRef | None = None
    poster: MediaRef | None = None
    captions: MediaRef | None = None
    image: MediaRef | None = None
    text: str | None = None
    offer: OfferCard | None = None
    game: GameCard | None = None


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

    def screen_media(self) -> tuple[MediaRef, ...]:
        """The media that a player shows of it; without the first it cannot show it."""
        game = self.phone.game
        if game is None:
            return (self.screen,)
        return (self.screen, *game.look.pictures.values(), *([game.package] if game.package else []))


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
    """The settings of a screen that its player needs beside the timeline.

    hotspot: the plan of the venue's hotspots; None: a box that is a hotspot goes by its own
    box_referees: whether the box's portal is the referee of this screen's games; else the server is
    """

    sound: bool = False
    strip: bool = True
    page_url: str = ""
    short_address: str = ""
    wifi: str | None = None
    venue: str = ""
    zone: str = "UTC"
    presence_key: str = ""
    picture_every_s: int = 10
    hotspot: PlannedHotspot | None = None
    box_referees: bool = False


class Manifest(Message):
    """The small, versioned head of a timeline; its day tables are fetched by digest.

    `fillers` are what fills unsold time (media/fillers.py); `house` says it as well as can be to a player that does not
    know them. `rules` are those of its games, by item: a referee needs them, and no phone gets them.
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
    rules: dict[str, GameRules] = {}
    settings: ScreenSettings = ScreenSettings()

    def media(self) -> dict[str, MediaRef]:
        """Every media a player must hold, by digest."""
        return {ref.digest: ref for item in self.items.values() for ref in item.screen_media()}


SpotKind = Literal["spot", "house", "interrupt", "off"]


class Spot(Message):
    """One planned showing at absolute times. `item` is None only when the screen is off or nothing exists."""

    starts_ms: int
    ends_ms: int
    item: str | None
    kind: SpotKind = "spot"


class Override(Message):
    """The showing of a screen in place of its plan; None in `item` means nothing can be shown."""

    starts_ms: Instant
    item: Name | None
    why: Why


class VersionHint(Message):
    """A hint that a newer timeline or stage exists; the manifest is the truth."""

    version: int
