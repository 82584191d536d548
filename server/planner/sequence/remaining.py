"""The spots that a day's lines are still owed from some slot on, given the spots that the day has shown before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from media.daytable import DayTable
from server.planner.model.arrays import END, FIRST, SPOTS
from server.planner.model.compiled import Ints, Longs, compiled
from server.planner.model.days import HOUR_MS
from server.planner.sequence.demand_lines import DayLines, pieces_of

# A change in the middle of a day makes a part owe at most so many spots more or fewer, so that it causes no burst.
MOST_CARRIED = 2


def remaining(lines: DayLines, before: DayTable | None, until: int, *, slot_ms: int) -> DayLines:
    """The lines from slot `until` on; parts that are over by then are left out."""
    if not until:
        return lines
    begin_of, begins = _spots_shown(lines, before, until)
    part_of, parts = np.zeros_like(lines.part_of), np.empty_like(lines.parts)
    hourly = lines.catalogue.hourly[lines.kinds]
    _reduce(until, slot_ms, hourly, lines.part_of, lines.parts, begin_of, begins, part_of, parts)
    shown = np.diff(begin_of) > 0
    return replace(lines, part_of=part_of, parts=parts[: part_of[-1]], urgent=lines.urgent & ~shown)


def _spots_shown(lines: DayLines, before: DayTable | None, until: int) -> tuple[Longs, Longs]:
    """The first spot of each line (L + 1,) among all that were shown, and the slots in which these begin, line by line.

    A spot counts for every line that shows its item.
    """
    if before is None:
        return np.zeros(len(lines) + 1, np.int64), np.zeros(0, np.int64)
    slots = np.flatnonzero(np.frombuffer(bytes(before.starts[:until]), np.uint8))
    shown = np.asarray(before.slots[:until], np.int64)[slots] - 1
    number = {item: n for n, item in enumerate(before.items)}
    names, line_of = lines.catalogue.items, np.repeat(np.arange(len(lines)), _creatives(lines))
    item_of = np.array([number.get(names[piece], -1) for piece in pieces_of(lines).tolist()], np.int64)
    pairs = np.unique(np.column_stack([item_of, line_of])[item_of >= 0], axis=0)
    first, end = (np.searchsorted(pairs[:, 0], shown, side) for side in ("left", "right"))
    spot = np.repeat(np.arange(len(shown)), end - first)
    line = pairs[np.arange(len(spot)) - np.repeat(np.cumsum(end - first) - end, end - first), 1]
    turn = np.argsort(line, kind="stable")
    counts = np.bincount(line, minlength=len(lines))
    return np.concatenate([[0], np.cumsum(counts)]), slots[spot][turn]


def _creatives(lines: DayLines) -> Longs:
    return np.asarray(lines.catalogue.piece_of[lines.kinds + 1] - lines.catalogue.piece_of[lines.kinds])


@compiled
def _reduce(
    until: int, slot_ms: int, hourly: Longs, part_of: Ints, parts: Ints, begin_of: Longs, begins: Longs,
    remaining_of: Ints, remaining: Ints,
) -> None:  # fmt: skip
    """Write the remaining parts: remaining_of (L + 1,), the first of each line, and remaining (P, 3).

    begins: the slots in which spots were shown, those of line n from begin_of[n] on · hourly (L,): cap of an hour, or 0
    """
    at = 0
    for line in range(len(part_of) - 1):
        mine = begins[begin_of[line] : begin_of[line + 1]]
        owing, hour, used = 0, -1, 0
        for part in range(part_of[line], part_of[line + 1]):
            first, end, spots = parts[part]
            had = np.searchsorted(mine, end) - np.searchsorted(mine, first)
            if end <= until:
                owing += spots - had
                continue
            if hourly[line]:
                # Later hours make nothing good, and spots that an hour has shown count against its cap.
                if first * slot_ms // HOUR_MS != hour:
                    hour = first * slot_ms // HOUR_MS
                    used = (mine * slot_ms // HOUR_MS == hour).sum()
                owed = max(0, min(spots - had, hourly[line] - used))
                used += owed
            else:
                owed = _spots_left(max(first, until), first, end, spots, spots - had + owing)
                owing = 0
            remaining[at, FIRST], remaining[at, END], remaining[at, SPOTS] = max(first, until), end, owed
            at += 1
        remaining_of[line + 1] = at


@compiled
def _spots_left(at: int, first: int, end: int, spots: int, missing: int) -> int:
    """Spots of a part that remain to be shown from slot `at` on.

    missing: spots of this part not shown yet, with those that the parts before are behind (or, negative, ahead). All of
    them remain, but at most MOST_CARRIED more or fewer than the part's even course owes from `at` on. Computed in
    spots times the part's length, and rounded to the nearest spot.
    """
    length, due = end - first, spots * (end - at)
    most = MOST_CARRIED * length
    spots_left = min(max(missing * length, due - most), due + most)
    return int(max(0, (2 * spots_left + length) // (2 * length)))
