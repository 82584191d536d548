"""The frozen part of a screen's plan: the time before which nothing may change, and the slots until then. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from media.daytable import HOUSE, OFF, DayTable
from media.fillers import fillers_of, stretches_of
from media.integers import ceil_div
from media.timeline import Timeline
from media.wire.timeline import Day, Filler
from server.planner.model.days import LocalDay
from server.planner.model.problem import PreviousPlan


def effective_ms(old: Timeline | None, today: LocalDay, *, now_ms: int, freeze_ms: int, slot_ms: int) -> int:
    """When the next version may first differ: the first end of a spot of the old timeline after now plus the freeze.

    While the screen is off or shows no spot, the next slot; on a screen without a timeline, the present slot.
    """
    if old is None:
        return today.starts_ms + (now_ms - today.starts_ms) // slot_ms * slot_ms
    earliest = now_ms + freeze_ms
    spot = old.planned_at(earliest)
    boundary = earliest if spot.starts_ms == earliest or spot.item is None else spot.ends_ms
    if boundary >= today.ends_ms:
        return boundary
    return min(today.ends_ms, today.starts_ms + ceil_div(boundary - today.starts_ms, slot_ms) * slot_ms)


def frozen_day(
    old: Timeline | None,
    basis: dict[str, str],
    day: LocalDay,
    *,
    until_ms: int,
    slot_ms: int,
    fillers: Sequence[Filler],
) -> PreviousPlan | None:
    """The day as it was planned before; its slots before `until_ms` are those that the old timeline shows."""
    until = min(max(0, ceil_div(until_ms - day.starts_ms, slot_ms)), day.slots(slot_ms))
    table = _same_table(old, day, slot_ms) if old is not None else None
    # New fillers would change what the old table showed in unsold time. Then the past is written out, spot by spot.
    if table is not None and (until == 0 or (old is not None and _fill_the_same(old, fillers, day, until_ms))):
        return PreviousPlan(table, until, basis.get(day.on.isoformat(), ""))
    return PreviousPlan(_shown(old, day, until=until, slot_ms=slot_ms), until, "") if until else None


def _fill_the_same(old: Timeline, fillers: Sequence[Filler], day: LocalDay, until_ms: int) -> bool:
    span = (day.starts_ms, min(until_ms, day.ends_ms))
    return stretches_of(fillers_of(old.manifest), *span) == stretches_of(fillers, *span)


def same_day(old: Timeline, day: LocalDay) -> Day | None:
    """The manifest's entry for this date, if it begins and ends at the same instants."""
    span = (day.on.isoformat(), day.starts_ms, day.ends_ms)
    return next((known for known in old.manifest.days if (known.on, known.starts_ms, known.ends_ms) == span), None)


def _same_table(old: Timeline, day: LocalDay, slot_ms: int) -> DayTable | None:
    known = same_day(old, day)
    return old.tables.get(known.digest) if known is not None and old.manifest.slot_ms == slot_ms else None


def _shown(old: Timeline | None, day: LocalDay, *, until: int, slot_ms: int) -> DayTable:
    """A table of what the old timeline shows in the first `until` slots of a day. A screen without one was off."""
    total = day.slots(slot_ms)
    slots, starts = array("H", [OFF]) * until + array("H", [HOUSE]) * (total - until), bytearray(total)
    items: dict[str, int] = {}
    slot = 0
    while old is not None and slot < until:
        spot = old.planned_at(day.starts_ms + slot * slot_ms)
        end = min(until, max(slot + 1, ceil_div(spot.ends_ms - day.starts_ms, slot_ms)))
        if spot.item is not None:
            starts[slot] = 1
            slots[slot:end] = array("H", [items.setdefault(spot.item, len(items) + 1)]) * (end - slot)
        elif spot.kind != "off":
            slots[slot:end] = array("H", [HOUSE]) * (end - slot)
        slot = end
    return DayTable(tuple(items), slots, bytes(starts))
