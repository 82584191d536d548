"""Fillers of unsold time: the venue's notices, else house content, else the building's card; each in its turn. Pure.

A filler has a rank and a span of time. At an instant only the fillers of the first rank that has any are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from media.integers import ceil_div
from media.wire.timeline import Filler, Manifest

# An instant after all others (the year 9999): the end of what never ends.
END_MS = 253_402_300_799_000


class Rank(IntEnum):
    """`Filler.rank`: the lower comes first. A reader orders ranks that it does not know like any other number."""

    NOTICE = 0
    HOUSE = 1
    CARD = 2


@dataclass(frozen=True)
class Stretch:
    """From `from_ms` until `until_ms` these items fill unsold time in turn; without any, it stays black."""

    from_ms: int
    until_ms: int
    items: tuple[str, ...]


def fillers_of(manifest: Manifest) -> tuple[Filler, ...]:
    """The fillers whose items the manifest has. A manifest that names none has house content only."""
    fillers = manifest.fillers or tuple(Filler(item=id_, rank=Rank.HOUSE) for id_ in manifest.house)
    return tuple(filler for filler in fillers if filler.item in manifest.items)


def items_at(fillers: Iterable[Filler], at_ms: int) -> tuple[str, ...]:
    """The items of the first rank that has any at this instant, in order, each once."""
    alive = [filler for filler in fillers if covers(filler, at_ms)]
    first = min((filler.rank for filler in alive), default=None)
    return tuple(dict.fromkeys(filler.item for filler in alive if filler.rank == first))


def covers(filler: Filler, at_ms: int) -> bool:
    return filler.from_ms <= at_ms and (filler.until_ms is None or at_ms < filler.until_ms)


def stretches_of(fillers: Sequence[Filler], from_ms: int = 0, until_ms: int = END_MS) -> list[Stretch]:
    """The span cut wherever other items fill it; stretches that follow each other differ."""
    inner = {edge for edge in edges_of(fillers) if from_ms < edge < until_ms}
    found: list[Stretch] = []
    for starts_ms, ends_ms in pairwise([from_ms, *sorted(inner), until_ms]):
        items = items_at(fillers, starts_ms)
        if found and found[-1].items == items:
            starts_ms = found.pop().from_ms
        found.append(Stretch(starts_ms, ends_ms, items))
    return found


def edges_of(fillers: Iterable[Filler]) -> set[int]:
    """Where a filler begins or ends."""
    return {edge for filler in fillers for edge in (filler.from_ms, filler.until_ms) if edge is not None}


def turn_at(lengths_ms: Sequence[int], at_ms: int, *, since_ms: int) -> tuple[int, int, int]:
    """Index, start and end of the showing at this instant, if they follow each other over and over since then."""
    lap_ms = sum(lengths_ms)
    starts_ms = since_ms + (at_ms - since_ms) // lap_ms * lap_ms
    for index, length_ms in enumerate(lengths_ms):
        if at_ms < starts_ms + length_ms:
            return index, starts_ms, starts_ms + length_ms
        starts_ms += length_ms
    raise AssertionError("the instant lies inside one lap")


def whole_slots_ms(length_ms: int, slot_ms: int) -> int:
    """The length of a showing on the grid."""
    return ceil_div(length_ms, slot_ms) * slot_ms


def is_timeless(filler: Filler) -> bool:
    """Is it right at any time, so that a reader whose clock is not trusted may show it?"""
    return filler.from_ms == 0 and filler.until_ms is None
