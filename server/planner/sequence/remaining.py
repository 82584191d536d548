"""What a day's lines are still owed from some slot on, given what the day has shown before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from media.daytable import DayTable
from server.planner.model.compiled import Ints, Longs, compiled
from server.planner.model.days import HOUR_MS
from server.planner.sequence.demand_lines import DayLines, pieces_of

# A change in the middle of a day forgives or repays at most so many spots, so that it causes no burst.
MOST_CARRIED = 2


def remaining(lines: DayLines, before: DayTable | None, until: int, *, slot_ms: int) -> DayLines:
    """The lines from this slot on."""
    if not until:
        return lines
    begin_of, begins = _begins(lines, before, until)
    part_of, parts = np.zeros_like(lines.part_of), np.empty_like(lines.parts)
    hourly = lines.catalogue.hourly[lines.kinds]
    _leave(until, slot_ms, hourly, lines.part_of, lines.parts, begin_of, begins, part_of, parts)
    shown = np.diff(begin_of) > 0
    return replace(lines, part_of=part_of, parts=parts[: part_of[-1]], urgent=lines.urgent & ~shown)


def _begins(lines: DayLines, before: DayTable | None, until: int) -> tuple[Longs, Longs]:
    """Where each line's first spot stands (L + 1,), and the slots in which all begin, line by line.

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
def _leave(
    until: int, slot_ms: int, hourly: Longs, part_of: Ints, parts: Ints, begin_of: Longs, begins: Longs,
    left_of: Ints, left: Ints,
) -> None:  # fmt: skip
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
                # Nothing is made good elsewhere, and what an hour has shown counts against its cap.
                if first * slot_ms // HOUR_MS != hour:
                    hour = first * slot_ms // HOUR_MS
                    used = (mine * slot_ms // HOUR_MS == hour).sum()
                owed = max(0, min(spots - had, hourly[line] - used))
                used += owed
            else:
                owed = _owed(max(first, until), first, end, spots, spots - had + owing)
                owing = 0
            left[at, 0], left[at, 1], left[at, 2] = max(first, until), end, owed
            at += 1
        left_of[line + 1] = at


@compiled
def _owed(at: int, first: int, end: int, spots: int, missing: int) -> int:
    """What the earlier parts are behind or ahead by is made good here, and no more than would make no burst."""
    length, due = end - first, spots * (end - at)
    most = MOST_CARRIED * length
    left = min(max(missing * length, due - most), due + most)
    return int(max(0, (2 * left + length) // (2 * length)))
