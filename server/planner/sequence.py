"""Put one day's lines in order: columns for the compiled loops, and a day table of what they say."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from media.daytable import HOUSE, OFF, DayTable
from server.planner.amend import amend
from server.planner.compiled import Bytes, Ints, Words
from server.planner.days import Range
from server.planner.judge import breaks, deviations
from server.planner.lines import Line, remaining, rests_of
from server.planner.problem import Apart, HouseItem, Shown
from server.planner.tape import LONG_AGO, House, Lines, Tape, fill

# A day that was changed in place is put in order anew once a line is further off its course than so many spots.
MOST_DEVIATION = 2


@dataclass(frozen=True)
class Asked:
    """One day of a screen for the sequencer. The first `until` slots are those of `before`."""

    lines: Sequence[Line]
    open: Sequence[Range]
    slots: int
    apart: Apart
    house: Sequence[HouseItem] = ()
    before: DayTable | None = None
    until: int = 0
    lately: Sequence[Shown] = ()


@dataclass(frozen=True)
class Columns:
    """The lines as the compiled loops take them; `items` names each piece, that is each line's creatives in turn."""

    lines: Lines
    items: tuple[str, ...]
    advertisers: Mapping[str, int]
    categories: Mapping[str, int]


def sequence(asked: Asked) -> DayTable:
    """The day's table."""
    lines = [remaining(line, asked.before, asked.until) for line in asked.lines]
    columns = columns_of(lines, asked)
    slots, starts = _blank(asked)
    tape = Tape(slots, starts, ends_of(asked, columns))
    fill(asked.until, columns.lines, gaps_of(asked.apart), _house(asked, lines), tape)
    return table_of(asked, columns, slots, starts)


def amended(asked: Asked, standing: DayTable) -> DayTable | None:
    """The standing table with as few changes as may be; None where that does not do and the day must be made anew."""
    if len(standing.slots) != asked.slots:
        return None
    lines = [remaining(line, standing, asked.until) for line in asked.lines]
    columns = columns_of(lines, asked)
    slots, starts = _standing(asked, columns, standing)
    gaps = gaps_of(asked.apart)
    if not amend(asked.until, columns.lines, gaps, slots, starts) or breaks(columns.lines, gaps, slots, starts):
        return None
    worst = np.zeros(len(lines))
    deviations(asked.until, columns.lines, slots, starts, worst)
    longest = [max(creative.slots for creative in line.creatives) for line in lines]
    if (worst > MOST_DEVIATION * np.array(longest or [1])).any():
        return None
    return table_of(asked, columns, slots, starts)


def _standing(asked: Asked, columns: Columns, standing: DayTable) -> tuple[Words, Bytes]:
    """The standing slots in the columns' numbers; what no line has any more is house content."""
    slots, starts = _blank(asked)
    numbers = np.zeros(OFF + 1, np.uint16)
    known = {item: n + 1 for n, item in enumerate(columns.items)}
    for n, item in enumerate(standing.items, 1):
        numbers[n] = known.get(item, HOUSE)
    held = numbers[np.asarray(standing.slots, np.uint16)]
    on = slots != OFF
    slots[on] = held[on]
    begins = np.frombuffer(bytes(standing.starts), np.uint8)
    starts[on] = begins[on] * (held[on] != HOUSE)
    return slots, starts


def columns_of(lines: Sequence[Line], asked: Asked) -> Columns:
    shown = shown_in(asked.before, asked.until) if asked.before is not None else {}
    creatives = [creative for line in lines for creative in line.creatives]
    advertisers, categories = _numbers(line.advertiser for line in lines), _numbers(line.category for line in lines)
    parts = [part for line in lines for part in line.parts]
    groups = [(advertisers.get(line.advertiser, -1), categories.get(line.category, -1)) for line in lines]
    made = Lines(
        part_of=_offsets(len(line.parts) for line in lines),
        parts=np.array(parts, np.int32).reshape(-1, 3),
        urgent=np.array([line.urgent for line in lines], np.uint8),
        capped=np.array([line.cap is not None for line in lines], np.uint8),
        groups=np.array(groups, np.int32).reshape(-1, 2),
        piece_of=_offsets(len(line.creatives) for line in lines),
        pieces=np.array([(n, c.slots, c.weight) for n, c in enumerate(creatives)], np.int32).reshape(-1, 3),
        line_of=np.repeat(np.arange(len(lines)), [len(line.creatives) for line in lines]).astype(np.int32),
        lags=np.array([lag for line in lines for lag in _lags(line, shown)], np.int32),
    )
    return Columns(made, tuple(creative.item for creative in creatives), advertisers, categories)


def gaps_of(apart: Apart) -> Ints:
    return np.array([apart.creative, apart.advertiser, apart.category], np.int32)


def ends_of(asked: Asked, columns: Columns) -> Ints:
    """Where items, advertisers and categories were shown last before the first slot that is filled."""
    ends = np.full((3, 1 + max(len(columns.items), len(asked.lines))), LONG_AGO, np.int32)
    mine = {c.item: (line.advertiser, line.category) for line in asked.lines for c in line.creatives}
    numbers = {item: n for n, item in enumerate(columns.items)}
    last = {one.item: -one.ago for one in asked.lately}
    if asked.before is not None:
        last |= ends_in(asked.before, asked.until, reach=int(gaps_of(asked.apart).max()))
    for item, end in last.items():
        advertiser, category = mine.get(item, ("", ""))
        for row, number in enumerate(
            (numbers.get(item, -1), columns.advertisers.get(advertiser, -1), columns.categories.get(category, -1))
        ):
            if number >= 0:
                ends[row, number] = max(ends[row, number], end)
    return ends


def table_of(asked: Asked, columns: Columns, slots: Words, starts: Bytes) -> DayTable:
    """The table, its items in the order in which they appear; what is fixed is taken over as it was."""
    before, until = asked.before, asked.until
    if before is not None and until:
        starts[:until] = np.frombuffer(bytes(before.starts[:until]), np.uint8)
    names: dict[str, int] = {}
    kept = np.asarray(before.slots[:until] if before is not None else (), np.uint16)
    parts = [_renumbered(kept, before.items if before is not None else (), names)]
    parts.append(_renumbered(slots[until:], columns.items, names))
    return DayTable(tuple(names), array("H", np.concatenate(parts).tobytes()), starts.tobytes())


def _renumbered(slots: Words, items: Sequence[str], names: dict[str, int]) -> Words:
    """Slots in the numbers of `names`, which learns items in the order in which they appear."""
    present, first = np.unique(slots, return_index=True)
    numbers = np.arange(OFF + 1, dtype=np.uint16)
    for n in present[np.argsort(first)]:
        if HOUSE < n < OFF:
            numbers[n] = names.setdefault(items[n - 1], len(names) + 1)
    return numbers[slots]


def shown_in(table: DayTable, until: int) -> dict[str, int]:
    """How often each item begins in the first slots of a table."""
    begins = np.frombuffer(bytes(table.starts[:until]), np.uint8) != 0
    times = np.bincount(np.asarray(table.slots[:until])[begins], minlength=len(table.items) + 1)
    return {item: int(times[n]) for n, item in enumerate(table.items, 1) if times[n]}


def ends_in(table: DayTable, until: int, *, reach: int) -> dict[str, int]:
    """Where items that were shown in the last `reach` slots before this one ended."""
    since = max(0, until - reach)
    recent = enumerate(table.slots[since:until], since + 1)
    return {table.items[n - 1]: end for end, n in recent if HOUSE < n < OFF}


def _blank(asked: Asked) -> tuple[Words, Bytes]:
    """Off outside the open hours, house content inside."""
    slots, starts = np.full(asked.slots, OFF, np.uint16), np.zeros(asked.slots, np.uint8)
    for first, end in asked.open:
        slots[first:end] = HOUSE
    return slots, starts


def _after(ranges: Sequence[Range], until: int) -> list[Range]:
    return [(max(first, until), end) for first, end in ranges if end > until]


def _house(asked: Asked, lines: Sequence[Line]) -> House:
    rests = [(rest.first, rest.end, int(rest.spare)) for rest in rests_of(lines, _after(asked.open, asked.until))]
    return House(
        lengths=np.array(_lengths(asked), np.int32),
        at=np.array(_house_at(asked), np.int32),
        rests=np.array(rests, np.int32).reshape(-1, 3),
    )


def _lengths(asked: Asked) -> list[int]:
    return [item.slots for item in asked.house] or [1]


def _house_at(asked: Asked) -> tuple[int, int, bool]:
    """Runs of house content in the fixed part; a run that goes on there, how far: it turns on in its own order.

    Run k begins with house item k (media/timeline.py), so the length of a showing depends on both.
    """
    table, last = asked.before, asked.until - 1
    if table is None or not asked.until:
        return 0, 0, False
    runs = table.house_runs_before(last)
    if table.slots[last] != HOUSE:
        return runs, 0, False
    lengths, place, slot = _lengths(asked), 0, table.run_at(last)[0]
    while slot < asked.until:
        slot += lengths[(runs + place) % len(lengths)]
        place += 1
    return runs, place, True


def _lags(line: Line, shown: Mapping[str, int]) -> list[int]:
    """How far each creative is behind its weight; at most by one turn, so that a change causes no burst."""
    total, times = sum(c.weight for c in line.creatives), sum(shown.get(c.item, 0) for c in line.creatives)
    behind = (c.weight * times - total * shown.get(c.item, 0) for c in line.creatives)
    return [min(max(lag, -total), total) + c.weight for lag, c in zip(behind, line.creatives, strict=True)]


def _numbers(names: Iterable[str]) -> dict[str, int]:
    return {name: n for n, name in enumerate(dict.fromkeys(names)) if name}


def _offsets(counts: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(list(counts), dtype=np.int64)]).astype(np.int32)
