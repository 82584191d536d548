"""Put one day's lines in order: columns for the compiled loops, and a day table of their result."""

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
from server.planner.sequence.columns import BY_ADVERTISER, BY_CATEGORY, BY_PIECE, LENGTH, LONG_AGO, Lines
from server.planner.sequence.deadlines import deadlines
from server.planner.sequence.demand_lines import DayLines, count_showings, pieces_of, stretches_of
from server.planner.sequence.dispatch import DayDraft, HouseContent, fill
from server.planner.sequence.judge import breaks, deviations
from server.planner.sequence.remaining import remaining

# A day in which a line is further off its even course than so many spots is put in order anew, with other variations.
# Days of few lines get more tries: only there they are needed, and there they are cheap.
MOST_DEVIATION = 2
FEWEST_TRIES, MOST_TRIES, TRIED_LINES = 8, 64, 1920
MOST_LEAD = 1  # halves of a spot's own time by which it may be released early; the first try has none


@dataclass(frozen=True)
class SequenceInput:
    """One day of a screen for the sequencer.

    before, until: the day's table, of which the slots before `until` are fixed · lately: items shown before the day
    """

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
    def remaining_lines(self) -> DayLines:
        return remaining(self.lines, self.before, self.until, slot_ms=self.slot_ms)


@dataclass(frozen=True)
class Columns:
    """The lines as the compiled loops take them, with the catalogue's numbers and the items of their creatives (K,)."""

    lines: Lines
    pieces: Longs
    items: tuple[str, ...]


@dataclass(frozen=True)
class Try:
    """A day put in order · worst: the most that any line is off its even course, in its longest spots

    unplaced: spots that found no place
    """

    slots: Words
    starts: Bytes
    worst: float
    unplaced: int

    @property
    def is_good(self) -> bool:
        return self.worst <= MOST_DEVIATION and not self.unplaced

    @property
    def rank(self) -> tuple[bool, int, float]:
        """The lower the better: whether all lines keep their course, then unplaced spots, then how well it is kept."""
        return self.worst > MOST_DEVIATION, self.unplaced, self.worst


def sequence(day: SequenceInput, previous: DayTable | None = None) -> DayTable:
    """The day's table. A previous one is amended, unless the day put in order anew is better."""
    lines = day.remaining_lines
    columns = columns_of(lines, day)
    amended = _amended_previous(day, columns, previous) if previous is not None else None
    if amended is not None and amended.is_good:
        return table_of(day, columns, amended.slots, amended.starts)
    most_tries = MOST_TRIES if amended is None else FEWEST_TRIES
    best = _best_of_tries(day, columns, _house_content(day, lines), most_tries=most_tries)
    if amended is not None and amended.rank[:2] <= best.rank[:2]:
        best = amended
    return table_of(day, columns, best.slots, best.starts)


def _amended_previous(day: SequenceInput, columns: Columns, previous: DayTable) -> Try | None:
    """The previous table, amended; None if it breaks distances, or a spot that is due at once finds no place."""
    if len(previous.slots) != day.slots:
        return None
    ends, (slots, starts) = ends_of(day, columns), _previous_in_columns(day, columns, previous)
    amended = _amended(day, columns, ends, slots, starts)
    broken = breaks(day.until, columns.lines, gaps_of(day.apart), ends, slots, starts)
    return None if broken or (amended.unplaced and columns.lines.urgent.any()) else amended


def _best_of_tries(day: SequenceInput, columns: Columns, house: HouseContent, *, most_tries: int) -> Try:
    """The day put in order anew: the first good try, or else the best.

    In all tries but the first, spots may also begin ahead of their course (`lead` of `deadlines`).
    """
    ends, gaps, tries = ends_of(day, columns), gaps_of(day.apart), list[Try]()
    for variation in range(min(most_tries, max(FEWEST_TRIES, TRIED_LINES // max(1, len(day.lines))))):
        if variation <= MOST_LEAD:
            due = deadlines(columns.lines, gaps, day.slots, lead=variation)
        slots, starts = _blank_draft(day)
        lines = columns.lines._replace(lags=columns.lines.lags.copy())
        unplaced = fill(day.until, lines, due, gaps, house, DayDraft(slots, starts, ends.copy()), variation)
        tries.append(Try(slots, starts, _worst_deviation(day.until, columns, slots, starts), unplaced))
        if unplaced:
            # A spot that was too late for its place may find one in unsold time.
            tries.append(_amended(day, columns, ends, slots.copy(), starts.copy()))
        if tries[-1].is_good:
            break
    return min(tries, key=lambda attempt: attempt.rank)


def _amended(day: SequenceInput, columns: Columns, ends: Ints, slots: Words, starts: Bytes) -> Try:
    lines = columns.lines._replace(lags=columns.lines.lags.copy())
    unplaced = amend(day.until, lines, gaps_of(day.apart), ends, slots, starts)
    return Try(slots, starts, _worst_deviation(day.until, columns, slots, starts), unplaced)


def _worst_deviation(start: int, columns: Columns, slots: Words, starts: Bytes) -> float:
    longest = np.ones(len(columns.lines.urgent))
    np.maximum.at(longest, columns.lines.line_of, columns.lines.pieces[:, LENGTH])
    worst = np.zeros(len(longest))
    deviations(start, columns.lines, slots, starts, worst)
    return float((worst / longest).max(initial=0.0))


def _previous_in_columns(day: SequenceInput, columns: Columns, previous: DayTable) -> tuple[Words, Bytes]:
    """The previous slots in the columns' numbers; items that no line has any more become house content."""
    slots, starts = _blank_draft(day)
    numbers = np.zeros(OFF + 1, np.uint16)
    known = {item: n + 1 for n, item in enumerate(columns.items)}
    for n, item in enumerate(previous.items, 1):
        numbers[n] = known.get(item, HOUSE)
    pieces = numbers[np.asarray(previous.slots, np.uint16)]
    on = slots != OFF
    slots[on] = pieces[on]
    begins = np.frombuffer(bytes(previous.starts), np.uint8)
    starts[on] = begins[on] * (pieces[on] != HOUSE)
    return slots, starts


def columns_of(lines: DayLines, day: SequenceInput) -> Columns:
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
        lags=_lags(weights, counts, _times_shown(items, day)).astype(np.int32),
    )
    return Columns(made, pieces, items)


def gaps_of(apart: Apart) -> Ints:
    return np.array([apart.creative, apart.advertiser, apart.category], np.int32)


def ends_of(day: SequenceInput, columns: Columns) -> Ints:
    """Where pieces, advertisers and categories ended last before the first slot that is filled (3, G)."""
    catalogue = day.lines.catalogue
    groups = [int(numbers.max(initial=0)) for numbers in (catalogue.advertiser, catalogue.category)]
    ends = np.full((3, 1 + max(len(columns.pieces), *groups)), LONG_AGO, np.int32)
    last = {shown.item: -shown.ago for shown in day.lately}
    if day.before is not None:
        last |= ends_in(day.before, day.until, reach=int(gaps_of(day.apart).max()))
    for item, end in last.items():
        for piece in catalogue.pieces_named.get(item, ()):
            kind = int(np.searchsorted(catalogue.piece_of, piece, "right")) - 1
            for row, number in ((BY_ADVERTISER, catalogue.advertiser[kind]), (BY_CATEGORY, catalogue.category[kind])):
                if number >= 0:
                    ends[row, number] = max(ends[row, number], end)
            mine = np.flatnonzero(columns.pieces == piece)
            ends[BY_PIECE, mine] = np.maximum(ends[BY_PIECE, mine], end)
    return ends


def table_of(day: SequenceInput, columns: Columns, slots: Words, starts: Bytes) -> DayTable:
    """The table, its items in the order in which they appear; fixed slots are taken over as they were."""
    before, until = day.before, day.until
    if before is not None and until:
        starts[:until] = np.frombuffer(bytes(before.starts[:until]), np.uint8)
    names: dict[str, int] = {}
    kept = np.asarray(before.slots[:until] if before is not None else (), np.uint16)
    parts = [_renumbered(kept, before.items if before is not None else (), names)]
    parts.append(_renumbered(slots[until:], columns.items, names))
    return DayTable(tuple(names), array("H", np.concatenate(parts).tobytes()), starts.tobytes())


def _renumbered(slots: Words, items: Sequence[str], names: dict[str, int]) -> Words:
    """Slots in the numbers of `names`, to which new items are added in the order in which they appear."""
    present, first = np.unique(slots, return_index=True)
    numbers = np.arange(OFF + 1, dtype=np.uint16)
    for n in present[np.argsort(first)]:
        if HOUSE < n < OFF:
            numbers[n] = names.setdefault(items[n - 1], len(names) + 1)
    return numbers[slots]


def ends_in(table: DayTable, until: int, *, reach: int) -> dict[str, int]:
    """Where items that were shown in the last `reach` slots before slot `until` ended."""
    since = max(0, until - reach)
    recent = enumerate(table.slots[since:until], since + 1)
    return {table.items[n - 1]: end for end, n in recent if HOUSE < n < OFF}


def _blank_draft(day: SequenceInput) -> tuple[Words, Bytes]:
    """A draft that is off outside the open hours, house content inside."""
    slots, starts = np.full(day.slots, OFF, np.uint16), np.zeros(day.slots, np.uint8)
    for first, end in day.open:
        slots[first:end] = HOUSE
    return slots, starts


def _ranges_after(ranges: Sequence[Range], until: int) -> list[Range]:
    return [(max(first, until), end) for first, end in ranges if end > until]


def _house_content(day: SequenceInput, lines: DayLines) -> HouseContent:
    open_ = _ranges_after(day.open, day.until)
    stretches = [(stretch.first, stretch.end, int(stretch.unsold)) for stretch in stretches_of(lines, open_)]
    return HouseContent(
        lengths=np.array(_house_lengths(day), np.int32),
        state=np.array(_house_state(day), np.int32),
        stretches=np.array(stretches, np.int32).reshape(-1, 3),
    )


def _house_lengths(day: SequenceInput) -> list[int]:
    return [item.slots for item in day.house] or [1]


def _house_state(day: SequenceInput) -> tuple[int, int, bool]:
    """`HouseContent.state` at the end of the fixed part: its runs of house content, and showings in one that continues.

    Run k begins with house item k (media/timeline.py), and items follow in turn, so a showing's length depends on both.
    """
    table, last = day.before, day.until - 1
    if table is None or not day.until:
        return 0, 0, False
    runs = table.house_runs_before(last)
    if table.slots[last] != HOUSE:
        return runs, 0, False
    lengths, place, slot = _house_lengths(day), 0, table.run_at(last)[0]
    while slot < day.until:
        slot += lengths[(runs + place) % len(lengths)]
        place += 1
    return runs, place, True


def _times_shown(items: Sequence[str], day: SequenceInput) -> Longs:
    """How many spots of each item were shown in the fixed part."""
    if day.before is None or not day.until:
        return np.zeros(len(items), np.int64)
    shown = count_showings(day.before, day.until)
    return np.array([shown[item] for item in items], np.int64)


def _lags(weights: Longs, counts: Longs, times: Longs) -> Longs:
    """How far each creative is behind its weight after the fixed part; at most by one round, so that a change causes no
    burst."""
    line_of = np.repeat(np.arange(len(counts)), counts)
    total, shown = (np.bincount(line_of, column, len(counts)).astype(np.int64)[line_of] for column in (weights, times))
    return np.asarray(np.clip(weights * shown - total * times, -total, total) + weights)
