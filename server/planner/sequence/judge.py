"""Measure a table against its input: how far each line is off its even course, and whether distances are kept."""

from __future__ import annotations

import numpy as np

from server.planner.model.arrays import END, FIRST, SPOTS
from server.planner.model.compiled import Bytes, Floats, Ints, Longs, Words, compiled
from server.planner.sequence.columns import (
    ADVERTISER,
    BY_ADVERTISER,
    BY_CATEGORY,
    BY_PIECE,
    CATEGORY,
    HOUSE,
    LENGTH,
    NEVER,
    OFF,
    Lines,
)


@compiled
def deviations(start: int, lines: Lines, slots: Words, starts: Bytes, worst: Floats) -> None:
    """The largest difference, over all prefixes from `start`, between slots shown of a line and slots owed: worst (L,).

    Owed slots grow evenly over each part, with the mean length of the line's own spots. A line is owed at most all the
    time, so the difference grows while it is shown and falls while it is not: it is largest where a spot begins or
    ends, or where a part ends.
    """
    spot_of, spots = _spots(start, lines, slots, starts)
    for line in range(len(lines.part_of) - 1):
        mine = spots[spot_of[line] : spot_of[line + 1]]
        length = (mine[:, END] - mine[:, FIRST]).mean() if len(mine) else 0.0
        part, last = lines.part_of[line], lines.part_of[line + 1]
        shown, owed, most = 0, 0.0, 0.0
        for spot in range(len(mine) + 1):
            for edge in (FIRST, END):
                at = mine[spot, edge] if spot < len(mine) else NEVER
                while part < last and lines.parts[part, END] <= at:
                    # A spot may extend over the part's end: only its slots before that were shown by then.
                    so_far = shown + (lines.parts[part, END] - mine[spot, FIRST] if edge == END else 0)
                    owed += lines.parts[part, SPOTS] * length
                    most = max(most, abs(so_far - owed))
                    part += 1
                # Past the last spot only the ends of parts had to be compared.
                if at == NEVER:
                    break
                # Adds nothing at a spot's first slot, and its whole length at its end.
                shown += at - mine[spot, FIRST]
                most = max(most, abs(shown - owed - _owed_in_part(part, last, at, length, lines.parts)))
        worst[line] = most


@compiled
def _spots(start: int, lines: Lines, slots: Words, starts: Bytes) -> tuple[Longs, Longs]:
    """The first spot of each line (L + 1,), and all spots (S, 2), line by line: first slot and end."""
    count = len(lines.part_of) - 1
    spot_of = np.zeros(count + 1, np.int64)
    for slot in range(start, len(slots)):
        if starts[slot] and HOUSE < slots[slot] < OFF:
            spot_of[lines.line_of[slots[slot] - 1] + 1] += 1
    for line in range(count):
        spot_of[line + 1] += spot_of[line]
    spots, at = np.empty((spot_of[count], 2), np.int64), spot_of.copy()
    for slot in range(start, len(slots)):
        if starts[slot] and HOUSE < slots[slot] < OFF:
            piece = slots[slot] - 1
            line = lines.line_of[piece]
            spots[at[line], FIRST], spots[at[line], END] = slot, slot + lines.pieces[piece, LENGTH]
            at[line] += 1
    return spot_of, spots


@compiled
def _owed_in_part(part: int, last: int, at: int, length: float, parts: Ints) -> float:
    """Slots owed of a part by slot `at`; 0 before it begins, or if there is no such part."""
    if part >= last or parts[part, FIRST] >= at:
        return 0.0
    return float(parts[part, SPOTS] * length * (at - parts[part, FIRST]) / (parts[part, END] - parts[part, FIRST]))


@compiled
def breaks(start: int, lines: Lines, gaps: Ints, before: Ints, slots: Words, starts: Bytes) -> int:
    """How many spots begin too near to one of the same creative, advertiser or category, from `start` on.

    before (3, G): where the last showing of each piece, advertiser and category before that ended
    """
    groups, line_of = lines.groups, lines.line_of
    ends, found = before.copy(), 0
    for slot in range(start, len(slots)):
        if not 0 < slots[slot] < OFF:
            continue
        piece = slots[slot] - 1
        line = line_of[piece]
        advertiser, category = groups[line, ADVERTISER], groups[line, CATEGORY]
        if starts[slot] and advertiser >= 0:
            near = (
                slot < ends[BY_PIECE, piece] + gaps[BY_PIECE]
                or slot < ends[BY_ADVERTISER, advertiser] + gaps[BY_ADVERTISER]
            )
            if category >= 0 and slot < ends[BY_CATEGORY, category] + gaps[BY_CATEGORY]:
                near = True
            found += 1 if near else 0
        ends[BY_PIECE, piece] = slot + 1
        if advertiser >= 0:
            ends[BY_ADVERTISER, advertiser] = slot + 1
        if category >= 0:
            ends[BY_CATEGORY, category] = slot + 1
    return found
