"""What really goes on the screen at an instant: the plan, or what must stand in for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from media.timeline import Timeline, sys_max_ms
from media.wire import Item, Manifest, Spot


class Usable(Protocol):
    """Why this item cannot be shown now, or nothing if it can. An urgent one is kept back by no earlier failure."""

    def __call__(self, item: Item, *, urgent: bool = False) -> str: ...


ChoiceKind = Literal["spot", "house", "interrupt", "off", "nothing", "card"]

UNTRUSTED = "the clock is not trusted yet"


@dataclass(frozen=True)
class Choice:
    """From `starts_ms` until `ends_ms` this item (None: black); `why` tells what deviates from the plan.

    `whole_ms` is a full showing: a choice ends before it when an interrupt takes over.
    """

    kind: ChoiceKind
    item: Item | None
    starts_ms: int
    ends_ms: int
    whole_ms: int
    why: str = ""
    card: str = ""  # the picture of a card that is no item

    @property
    def is_black(self) -> bool:
        return self.item is None and not self.card

    def same_showing(self, other: Choice) -> bool:
        """The same thing from the same instant (black is black): it may go on, whatever became of its end."""
        if self.is_black and other.is_black:
            return self.kind == other.kind
        return (self.kind, self.item, self.starts_ms, self.card) == (
            other.kind,
            other.item,
            other.starts_ms,
            other.card,
        )


def choose(timeline: Timeline | None, at_ms: int, *, usable: Usable, trusted: bool = True) -> Choice:
    """What to show at this instant. House content stands in for what is missing, and for a plan without a clock."""
    if timeline is None:
        return _black("nothing", at_ms, sys_max_ms(), "no timeline is held yet")
    if not trusted:
        return _house(timeline.manifest, at_ms, usable, within=(0, sys_max_ms()), why=UNTRUSTED)
    spot, gives_way_ms = timeline.spot_at(at_ms), timeline.ends_at(at_ms)
    if spot.item is None:
        why = "" if spot.kind == "off" else "there is no house content"
        return _black("off" if spot.kind == "off" else "nothing", spot.starts_ms, gives_way_ms, why)
    item = timeline.item(spot.item)
    trouble = usable(item, urgent=spot.kind == "interrupt")
    if not trouble:
        return _planned(spot, item, gives_way_ms)
    return _house(timeline.manifest, at_ms, usable, within=(spot.starts_ms, gives_way_ms), why=trouble)


def card(picture: str, at_ms: int) -> Choice:
    """A picture that stands until something else is told to."""
    return Choice("card", None, at_ms, sys_max_ms(), sys_max_ms() - at_ms, card=picture)


def _planned(spot: Spot, item: Item, gives_way_ms: int) -> Choice:
    kind: ChoiceKind = spot.kind
    return Choice(kind, item, spot.starts_ms, gives_way_ms, spot.ends_ms - spot.starts_ms)


def _house(manifest: Manifest, at_ms: int, usable: Usable, *, within: tuple[int, int], why: str) -> Choice:
    """House content that can be shown, in turn from the beginning of what it stands in for."""
    since_ms, until_ms = within
    items = [manifest.items[id_] for id_ in manifest.house if id_ in manifest.items]
    items = [item for item in items if not usable(item)]
    if not items:
        return _black("nothing", at_ms, until_ms, f"{why}, and no house content can be shown")
    lengths = [-(-item.length_ms // manifest.slot_ms) * manifest.slot_ms for item in items]
    starts_ms = since_ms + (at_ms - since_ms) // sum(lengths) * sum(lengths)
    for item, length in zip(items, lengths, strict=True):
        if at_ms < starts_ms + length:
            ends_ms = min(starts_ms + length, until_ms)
            return Choice("house", item, starts_ms, ends_ms, ends_ms - starts_ms, why)
        starts_ms += length
    raise AssertionError("the instant lies inside one lap")


def _black(kind: ChoiceKind, starts_ms: int, ends_ms: int, why: str) -> Choice:
    return Choice(kind, None, starts_ms, ends_ms, ends_ms - starts_ms, why)


def takes_over(now: Choice, wanted: Choice) -> bool:
    """Must this give way at once, and not at its end? To what cannot wait, or from what would not end."""
    if now.same_showing(wanted):
        return False
    cannot_wait = wanted.kind in ("interrupt", "off", "card")
    return cannot_wait or now.kind in ("interrupt", "off", "nothing", "card") or now.why == UNTRUSTED


def going_on(now: Choice, wanted: Choice) -> Choice:
    """The same showing, as a newer timeline has its end; black also learns why it is still black."""
    return wanted if now.is_black else replace(now, ends_ms=wanted.ends_ms)
