"""Hold a table against what was owed: how far a line is from its even course, and whether spots are kept apart."""

from __future__ import annotations

import numpy as np

from server.planner.model.compiled import Bytes, Floats, Ints, Longs, Words, compiled
from server.planner.sequence.columns import HOUSE, NEVER, OFF, Lines


@compiled
def deviations(start: int, lines: Lines, slots: Words, starts: Bytes, worst: Floats) -> None:
    """The largest difference, over all prefixes from `start`, between slots shown of a line and slots owed: worst (L,).

    Owed slots come up evenly over each part, with the mean length of the line's own spots. No line is owed more than
    all the time: while it is shown it gains, else it loses, so the difference is largest where a spot begins or ends.
    """
    spot_of, spots = _spots(start, lines, slots, starts)
    for line in range(len(lines.part_of) - 1):
        mine = spots[spot_of[line] : spot_of[line + 1]]
        length = (mine[:, 1] - mine[:, 0]).mean() if len(mine) else 0.0
        part, last = lines.part_of[line], lines.part_of[line + 1]
        shown, owed, most = 0, 0.0, 0.0
        for spot in range(len(mine) + 1):
            for edge in range(2):
                at = mine[spot, edge] if spot < len(mine) else NEVER
                while part < last and lines.parts[part, 1] <= at:
                    # Of the spot that covers the part's end only the slots before that were shown by then.
                    so_far = shown + (lines.parts[part, 1] - mine[spot, 0] if edge else 0)
                    owed += lines.parts[part, 2] * length
                    most = max(most, abs(so_far - owed))
                    part += 1
                if at == NEVER:
                    break
                shown += at - mine[spot, 0]
                most = max(most, abs(shown - owed - _owed_of(part, last, at, length, lines.parts)))
        worst[line] = most


@compiled
def _spots(start: int, lines: Lines, slots: Words, starts: Bytes) -> tuple[Longs, Longs]:
    """Where each line's spots begin (L + 1,) among all of them (S, 2): first slot and end, line by line."""
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
            spots[at[line], 0], spots[at[line], 1] = slot, slot + lines.pieces[piece, 1]
            at[line] += 1
    return spot_of, spots


@compiled
def _owed_of(part: int, last: int, at: int, length: float, parts: Ints) -> float:
    """Slots owed of a part by then."""
    if part >= last or parts[part, 0] >= at:
        return 0.0
    return float(parts[part, 2] * length * (at - parts[part, 0]) / (parts[part, 1] - parts[part, 0]))


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
        advertiser, category = groups[line, 0], groups[line, 1]
        if starts[slot] and advertiser >= 0:
            near = slot < ends[0, piece] + gaps[0] or slot < ends[1, advertiser] + gaps[1]
            if category >= 0 and slot < ends[2, category] + gaps[2]:
                near = True
            found += 1 if near else 0
        ends[0, piece] = slot + 1
        if advertiser >= 0:
            ends[1, advertiser] = slot + 1
        if category >= 0:
            ends[2, category] = slot + 1
    return found
