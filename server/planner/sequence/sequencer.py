"""Put one day's lines in order: columns for the compiled loops, and a day table of what they say."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from media.daytable import HOUSE, OFF, DayTable
from server.planner.model.compiled import Bytes, Ints, Longs, Words
from server.planner.model.days import Range
from server.planner.model.problem import Apart, HouseItem, Shown
from server.planner.sequence.amend import amend
from server.planner.sequence.columns import LONG_AGO, Lines
from server.planner.sequence.deadlines import deadlines
from server.planner.sequence.demand_lines import DayLines, pieces_of, rests_of, shown_in
from server.planner.sequence.dispatch import House, Tape, fill
from server.planner.sequence.judge import breaks, deviations
from server.planner.sequence.remaining import remaining

# A day in which a line is further off its course than so many spots is put in order anew, and tried again with other
# turns: often where lines are few, for only there is it needed and cheap.
MOST_DEVIATION = 2
FEWEST_TRIES, MOST_TRIES, TRIED_LINES = 8, 64, 1920
MOST_LEAD = 1  # in halves of a spot's time; at first none


@dataclass(frozen=True)
class Asked:
    """One day of a screen for the sequencer. The first `until` slots are those of `before`."""

    lines: DayLines
    open: Sequence[Range]
    slots: int
    slot_ms: int
    apart: Apart
    house: Sequence[HouseItem] = ()
    before: DayTable | None = None
    until: int = 0
    lately: Sequence[Shown] = ()

    @property
    def lines_left(self) -> DayLines:
        return remaining(self.lines, self.before, self.until, slot_ms=self.slot_ms)


@dataclass(frozen=True)
class Columns:
    """The lines as the compiled loops take them; pieces (K,): each line's creatives, as numbers in the catalogue."""

    lines: Lines
    pieces: Longs
    items: tuple[str, ...]


@dataclass(frozen=True)
class Try:
    """A day put in order; `worst`: how many spots a line is off its even course at most, in its longest spots."""

    slots: Words
    starts: Bytes
    worst: float
    unplaced: int

    @property
    def is_good(self) -> bool:
        return self.worst <= MOST_DEVIATION and not self.unplaced

    @property
    def rank(self) -> tuple[bool, int, float]:
        """The lower the better: keeps its course, places most, keeps it best."""
        return self.worst > MOST_DEVIATION, self.unplaced, self.worst


def sequence(asked: Asked, standing: DayTable | None = None) -> DayTable:
    """The day's table. One that stands is changed as little as may be, unless the day put in order anew is better."""
    lines = asked.lines_left
    columns = columns_of(lines, asked)
    changed = _changed(asked, columns, standing) if standing is not None else None
    if changed is not None and changed.is_good:
        return table_of(asked, columns, changed.slots, changed.starts)
    tries = MOST_TRIES if changed is None else FEWEST_TRIES
    best = _in_order(asked, columns, _house(asked, lines), most_tries=tries)
    if changed is not None and changed.rank[:2] <= best.rank[:2]:
        best = changed
    return table_of(asked, columns, best.slots, best.starts)


def _changed(asked: Asked, columns: Columns, standing: DayTable) -> Try | None:
    """The standing table changed in place; None if it breaks the rules, or lacks a place for what is due at once."""
    if len(standing.slots) != asked.slots:
        return None
    ends, (slots, starts) = ends_of(asked, columns), _standing(asked, columns, standing)
    changed = _amended(asked, columns, ends, slots, starts)
    broken = breaks(asked.until, columns.lines, gaps_of(asked.apart), ends, slots, starts)
    return None if broken or (changed.unplaced and columns.lines.urgent.any()) else changed


def _in_order(asked: Asked, columns: Columns, house: House, *, most_tries: int) -> Try:
    """The first good try, or else the best."""
    ends, gaps, tried = ends_of(asked, columns), gaps_of(asked.apart), list[Try]()
    for shake in range(min(most_tries, max(FEWEST_TRIES, TRIED_LINES // max(1, len(asked.lines))))):
        if shake <= MOST_LEAD:
            due = deadlines(columns.lines, gaps, asked.slots, lead=shake)
        slots, starts = _blank(asked)
        lines = columns.lines._replace(lags=columns.lines.lags.copy())
        unplaced = fill(asked.until, lines, due, gaps, house, Tape(slots, starts, ends.copy()), shake)
        tried.append(Try(slots, starts, _worst(asked.until, columns, slots, starts), unplaced))
        if unplaced:
            # What was too late for its place may find one among what nobody bought.
            tried.append(_amended(asked, columns, ends, slots.copy(), starts.copy()))
        if tried[-1].is_good:
            break
    return min(tried, key=lambda one: one.rank)


def _amended(asked: Asked, columns: Columns, ends: Ints, slots: Words, starts: Bytes) -> Try:
    lines = columns.lines._replace(lags=columns.lines.lags.copy())
    unplaced = amend(asked.until, lines, gaps_of(asked.apart), ends, slots, starts)
    return Try(slots, starts, _worst(asked.until, columns, slots, starts), unplaced)


def _worst(start: int, columns: Columns, slots: Words, starts: Bytes) -> float:
    longest = np.ones(len(columns.lines.urgent))
    np.maximum.at(longest, columns.lines.line_of, columns.lines.pieces[:, 1])
    worst = np.zeros(len(longest))
    deviations(start, columns.lines, slots, starts, worst)
    return float((worst / longest).max(initial=0.0))


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


def columns_of(lines: DayLines, asked: Asked) -> Columns:
    catalogue, pieces = lines.catalogue, pieces_of(lines)
    counts = catalogue.piece_of[lines.kinds + 1] - catalogue.piece_of[lines.kinds]
    items = tuple(catalogue.items[piece] for piece in pieces.tolist())
    groups = [catalogue.advertiser[lines.kinds], catalogue.category[lines.kinds]]
    weights, piece_of = catalogue.weights[pieces], np.concatenate([[0], np.cumsum(counts)])
    made = Lines(
        part_of=lines.part_of.astype(np.int32),
        parts=lines.parts.astype(np.int32),
        urgent=lines.urgent.astype(np.uint8),
        capped=(catalogue.hourly[lines.kinds] > 0).astype(np.uint8),
        groups=np.stack(groups, axis=1).astype(np.int32),
        piece_of=piece_of.astype(np.int32),
        pieces=np.stack([np.arange(len(pieces)), catalogue.slots[pieces], weights], axis=1).astype(np.int32),
        line_of=np.repeat(np.arange(len(lines)), counts).astype(np.int32),
        lags=_lags(weights, counts, _times(items, asked)).astype(np.int32),
    )
    return Columns(made, pieces, items)


def gaps_of(apart: Apart) -> Ints:
    return np.array([apart.creative, apart.advertiser, apart.category], np.int32)


def ends_of(asked: Asked, columns: Columns) -> Ints:
    """Where items, advertisers and categories were shown last before the first slot that is filled."""
    catalogue = asked.lines.catalogue
    groups = [int(numbers.max(initial=0)) for numbers in (catalogue.advertiser, catalogue.category)]
    ends = np.full((3, 1 + max(len(columns.pieces), *groups)), LONG_AGO, np.int32)
    last = {one.item: -one.ago for one in asked.lately}
    if asked.before is not None:
        last |= ends_in(asked.before, asked.until, reach=int(gaps_of(asked.apart).max()))
    for item, end in last.items():
        for piece in catalogue.pieces_named.get(item, ()):
            kind = int(np.searchsorted(catalogue.piece_of, piece, "right")) - 1
            for row, number in ((1, catalogue.advertiser[kind]), (2, catalogue.category[kind])):
                if number >= 0:
                    ends[row, number] = max(ends[row, number], end)
            mine = np.flatnonzero(columns.pieces == piece)
            ends[0, mine] = np.maximum(ends[0, mine], end)
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


def _house(asked: Asked, lines: DayLines) -> House:
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


def _times(items: Sequence[str], asked: Asked) -> Longs:
    """How often each item was shown in the fixed part."""
    if asked.before is None or not asked.until:
        return np.zeros(len(items), np.int64)
    shown = shown_in(asked.before, asked.until)
    return np.array([shown[item] for item in items], np.int64)


def _lags(weights: Longs, counts: Longs, times: Longs) -> Longs:
    """How far each creative is behind its weight; at most by one turn, so that a change causes no burst."""
    line_of = np.repeat(np.arange(len(counts)), counts)
    total, shown = (np.bincount(line_of, column, len(counts)).astype(np.int64)[line_of] for column in (weights, times))
    return np.asarray(np.clip(weights * shown - total * times, -total, total) + weights)
