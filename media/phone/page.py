"""The phone page as it is first painted: plain HTML that is useful before its script runs, or without it. Pure.

The server renders it at `/s/<code>`, and so does the box; the script then goes on from the stage in its JSON block.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from media.cards.building import WEEKDAYS, date_words, time_in
from media.integers import ceil_div
from media.phone.words import Language, Say, ago_text, clock_text, say_in
from media.wire.phone import OfferStanding, PageHello, Stage, Stock
from media.wire.timeline import Item, MediaRef, OfferCard, Spot

TEMPLATES = Path(__file__).parent / "templates"
DIST = Path(__file__).parent / "app" / "dist"
NEAR_MS = 18 * 3_600_000  # further away, the time alone could be another day's
REFRESH_LEAST_S, REFRESH_MOST_S = 3, 60


class NotBuilt(RuntimeError):
    """The phone page's script and style are not built. Run `make setup`, then start again."""


@dataclass(frozen=True)
class Bundle:
    """The names of the built script and style; their content is in the name, so browsers may cache them for ever."""

    script: str
    style: str
    try_script: str


@dataclass(frozen=True)
class Visitor:
    """The phone that the page is rendered for, and the address that it opened.

    `present`: the page comes from the box at the screen, which is presence by itself. `wish` begins the keys of plain
    claim forms: one page makes one claim of each offer, however often its form is sent. `stock` is by offer.
    `fault_open`: the address asks for the report of a fault · `reported`: the phone has just sent one as a plain form.
    """

    code: str
    public_base: str
    wish: str
    language: Language = "en"
    scanned: str = ""
    scanned_item: Item | None = None
    presence: str = ""
    present: bool = False
    token: str = ""
    stock: Mapping[str, Stock] = field(default_factory=dict)
    fault_open: bool = False
    reported: bool = False


@dataclass(frozen=True)
class Shown:
    """The content of the frame: an item, or in words that there is none."""

    what: str
    item: Item | None = None
    instead: bool = False
    more: str = ""

    @property
    def text(self) -> str:
        return (self.item.phone.text or "") if self.item else ""


@dataclass(frozen=True)
class Row:
    """A line of a list: the next item, or an earlier one. `when` says in words how far away it is."""

    title: str
    when: str
    item: Item | None


def read_bundle(folder: Path = DIST) -> Bundle:
    """The files that were built last; read for each page, so that a new build needs no restart. Raises NotBuilt."""
    try:
        names = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        return Bundle(script=names["script"], style=names["style"], try_script=names["try_script"])
    except (OSError, ValueError, KeyError) as error:
        raise NotBuilt(" ".join((NotBuilt.__doc__ or "").split())) from error


def render_page(stage: Stage, *, visitor: Visitor, bundle: Bundle) -> str:
    """The whole page for this phone, as of the stage's `now_ms`."""
    say = say_in(visitor.language)
    shown = shown_at(stage, say, visitor.language)
    is_now = bool(visitor.scanned) and shown.item is not None and shown.item.id == visitor.scanned
    template = _templates().get_template("page.html")
    return template.render(
        visitor=visitor,
        bundle=bundle,
        say=say,
        shown=shown,
        title=shown.item.title if shown.item else say("page_title"),
        clock=clock_of(shown.item, stage.now_ms, visitor.language),
        next=next_row(stage, say),
        past=past_rows(stage, say),
        above={item.phone.offer.id for item in (shown.item, visitor.scanned_item) if item and item.phone.offer},
        scanned_is_now=is_now,
        scanned_apart=visitor.scanned_item is not None and not is_now,
        scanned_gone=bool(visitor.scanned) and visitor.scanned_item is None and not is_now,
        media=lambda ref: f"{stage.media_base}/media/{ref.digest}",
        still_of=still_of,
        why_not=lambda card: why_not(card, visitor),
        fault_action=f"/api/v1/screens/{quote(visitor.code, safe='')}/faults",
        claim_action=lambda card: f"/api/v1/offers/{quote(card.id, safe='')}/claims",
        new_key=lambda card: f"{visitor.wish}-{card.id}"[:64],
        wallet_url=_address("/wallet", t=visitor.token),
        dismiss_url=_address(f"/s/{quote(visitor.code, safe='')}", p=visitor.presence, t=visitor.token),
        refresh_s=refresh_s(stage),
        hello=page_hello(stage, visitor).model_dump(mode="json"),
    )


def render_try(*, language: Language, media_base: str, bundle: Bundle) -> str:
    """The page of a phone that tries a game before it is booked; its script fetches the game."""
    template = _templates().get_template("try.html")
    hello = {"language": language, "stage": {"media_base": media_base}}
    return template.render(language=language, say=say_in(language), bundle=bundle, hello=hello, wallet_url="/wallet")


def render_missing(code: str, *, language: Language, bundle: Bundle) -> str:
    """The page for a code that no screen has: what to do."""
    template = _templates().get_template("missing.html")
    return template.render(code=code, language=language, say=say_in(language), bundle=bundle)


def page_hello(stage: Stage, visitor: Visitor) -> PageHello:
    """The page's JSON block, from which the script starts."""
    return PageHello(
        code=visitor.code,
        public_base=visitor.public_base,
        language=visitor.language,
        scanned=visitor.scanned,
        scanned_item=visitor.scanned_item,
        presence=visitor.presence,
        token=visitor.token,
        stock=tuple(visitor.stock.values()),
        stage=stage,
    )


# --- reading the stage, as src/stage.ts does


def clock_of(item: Item | None, now_ms: int, language: Language) -> dict[str, str] | None:
    """Time and date over an item that has a clock."""
    at = time_in(item.clock, now_ms) if item is not None and item.clock else None
    return {"time": f"{at:%H:%M}", "date": date_words(at, language)} if at is not None else None


def spot_now(stage: Stage) -> Spot | None:
    """In order, because a spot that goes on after an interrupt keeps its planned start."""
    return next((spot for spot in stage.spots if spot.starts_ms <= stage.now_ms < spot.ends_ms), None)


def shown_at(stage: Stage, say: Say, language: Language) -> Shown:
    """The screen's present item, a reported override included."""
    override, spot = stage.override, spot_now(stage)
    if override is not None and override.starts_ms <= stage.now_ms:
        item = stage.items.get(override.item or "")
        return Shown("item", item, instead=True) if item else Shown("broken", more=say("broken_more"))
    item = stage.items.get(spot.item or "") if spot else None
    if item is not None:
        return Shown("item", item)
    if spot is not None and spot.kind == "off":
        return Shown("off", more=_back_again(stage, say, language))
    return Shown("nothing", more=say("nothing_more"))


def _back_again(stage: Stage, say: Say, language: Language) -> str:
    """When the screen is on again, if the stage reaches so far and says in which zone."""
    back = next((spot for spot in stage.spots if spot.ends_ms > stage.now_ms and spot.kind != "off"), None)
    at = time_in(stage.zone, back.starts_ms) if back is not None and stage.zone else None
    if back is None or at is None:
        return say("off_later")
    is_near = back.starts_ms - stage.now_ms < NEAR_MS
    return say("off_until", time=f"{at:%H:%M}" if is_near else f"{WEEKDAYS[language][at.weekday()]} {at:%H:%M}")


def next_row(stage: Stage, say: Say) -> Row | None:
    """The next that is something else: a card that follows itself is no news."""
    now = spot_now(stage)
    ahead = stage.spots[stage.spots.index(now) :] if now else []
    followed = next(((spot, other) for spot, other in pairwise(ahead) if spot.item != other.item), None)
    if followed is None:
        return None
    before, coming = followed
    item = stage.items.get(coming.item or "")
    title = say("next_off") if coming.kind == "off" else item.title if item else ""
    when = say("next_in", time=clock_text(before.ends_ms - stage.now_ms))
    return Row(title, when, item) if title else None


def past_rows(stage: Stage, say: Say) -> list[Row]:
    """The last ten showings, newest first, the same item only once."""
    rows: dict[str, Row] = {}
    for spot in stage.past:
        item = stage.items.get(spot.item or "")
        if item is not None and item.id not in rows:
            rows[item.id] = Row(item.title, ago_text(say, stage.now_ms - spot.ends_ms), item)
    return list(rows.values())


def still_of(item: Item) -> MediaRef | None:
    """The picture before a film plays, and of an item in a list."""
    return item.phone.poster or item.phone.image


def why_not(card: OfferCard, visitor: Visitor) -> str:
    """The word in words.json for why an offer cannot be claimed here and now; empty if it can be."""
    stock = visitor.stock.get(card.id)
    if stock is not None and stock.standing is not OfferStanding.OPEN:
        return _WHY_NOT[stock.standing]
    if stock is not None and stock.left <= 0:
        return "sold_out"
    return "scan" if card.presence and not visitor.presence and not visitor.present else ""


_WHY_NOT = {
    OfferStanding.DRAFT: "not_open",
    OfferStanding.NOT_YET: "not_open",
    OfferStanding.OVER: "over",
    OfferStanding.PAUSED: "paused",
    OfferStanding.STOPPED: "over",
    OfferStanding.SOLD_OUT: "sold_out",
}


def refresh_s(stage: Stage) -> int:
    """After how many seconds a phone without script should load the page again: when the item changes."""
    spot = spot_now(stage)
    left_s = ceil_div(spot.ends_ms - stage.now_ms, 1000) if spot else REFRESH_MOST_S
    return min(max(left_s + 1, REFRESH_LEAST_S), REFRESH_MOST_S)


def _address(path: str, **query: str) -> str:
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


@cache
def _templates() -> Environment:
    return Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
