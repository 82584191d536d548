"""Chooses the showing of an instant: the plan's, or its replacement. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from media.fillers import edges_of, fillers_of, is_timeless, items_at, turn_at, whole_slots_ms
from media.timeline import Timeline, sys_max_ms
from media.wire.timeline import Filler, Item, Manifest, Spot


class Usable(Protocol):
    """Why this item cannot be shown now, or nothing if it can. An urgent one is kept back by no earlier failure."""

    def __call__(self, item: Item, *, urgent: bool = False) -> str: ...


ChoiceKind = Literal["spot", "house", "interrupt", "off", "nothing", "card"]

UNTRUSTED = "the clock is not trusted yet"


@dataclass(frozen=True)
class Choice:
    """From `starts_ms` until `ends_ms` this item (None: black); `why` names the deviation from the plan.

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
        """The same thing from the same instant (black is black): it may go on, even if its end changed."""
        if self.is_black and other.is_black:
            return self.kind == other.kind
        return (self.kind, self.item, self.starts_ms, self.card) == (
            other.kind,
            other.item,
            other.starts_ms,
            other.card,
        )


def choose(timeline: Timeline | None, at_ms: int, *, usable: Usable, trusted: bool = True) -> Choice:
    """The showing of this instant. Fillers of unsold time replace a missing item; without a trusted clock, those
    that suit any time replace the plan."""
    if timeline is None:
        return _black("nothing", at_ms, sys_max_ms(), "no timeline is held yet")
    fillers = fillers_of(timeline.manifest)
    if not trusted:
        fillers = tuple(filter(is_timeless, fillers))
        return _filled(timeline.manifest, fillers, at_ms, usable, within=(0, sys_max_ms()), why=UNTRUSTED)
    spot, gives_way_ms = timeline.spot_at(at_ms), timeline.ends_at(at_ms)
    if spot.item is None:
        why = "" if spot.kind == "off" else "there is no house content"
        return _black("off" if spot.kind == "off" else "nothing", spot.starts_ms, gives_way_ms, why)
    item = timeline.item(spot.item)
    trouble = usable(item, urgent=spot.kind == "interrupt")
    if not trouble:
        return _planned(spot, item, gives_way_ms)
    return _filled(timeline.manifest, fillers, at_ms, usable, within=(spot.starts_ms, gives_way_ms), why=trouble)


def card(picture: str, at_ms: int) -> Choice:
    """A picture that remains until another choice replaces it."""
    return Choice("card", None, at_ms, sys_max_ms(), sys_max_ms() - at_ms, card=picture)


def _planned(spot: Spot, item: Item, gives_way_ms: int) -> Choice:
    kind: ChoiceKind = spot.kind
    return Choice(kind, item, spot.starts_ms, gives_way_ms, spot.ends_ms - spot.starts_ms)


def _filled(
    manifest: Manifest, fillers: Sequence[Filler], at_ms: int, usable: Usable, *, within: tuple[int, int], why: str
) -> Choice:
    """The first fillers that can be shown, in turn from the beginning of what they stand in for."""
    edges = edges_of(fillers)
    since_ms = max([within[0], *(edge for edge in edges if edge <= at_ms)])
    until_ms = min([within[1], *(edge for edge in edges if edge > at_ms)])
    ready = [filler for filler in fillers if not usable(manifest.items[filler.item])]
    items = [manifest.items[id_] for id_ in items_at(ready, at_ms)]
    if not items:
        return _black("nothing", at_ms, until_ms, f"{why}, and no house content can be shown")
    lengths = [whole_slots_ms(item.length_ms, manifest.slot_ms) for item in items]
    index, starts_ms, ends_ms = turn_at(lengths, at_ms, since_ms=since_ms)
    ends_ms = min(ends_ms, until_ms)
    return Choice("house", items[index], starts_ms, ends_ms, ends_ms - starts_ms, why)


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
