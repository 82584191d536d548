"""Hold a table against what was owed: how far a line is from its even course, and whether spots are kept apart."""

from __future__ import annotations

import numpy as np

from server.planner.compiled import Bytes, Floats, Ints, Words, compiled
from server.planner.tape import LONG_AGO, Lines

OFF = 65535


@compiled
def deviations(start: int, lines: Lines, slots: Words, starts: Bytes, worst: Floats) -> None:
    """The largest difference, over all prefixes from `start`, between slots shown of a line and slots owed: worst (L,).

    Owed slots come up evenly over each part, with the mean length of the line's own spots.
    """
    part_of, parts, line_of = lines.part_of, lines.parts, lines.line_of
    count = len(part_of) - 1
    shown, base, rate = np.zeros(count), np.zeros(count), np.zeros(count)
    length = np.zeros(count)
    spots = np.zeros(count, np.int64)
    for slot in range(start, len(slots)):
        if 0 < slots[slot] < OFF:
            length[line_of[slots[slot] - 1]] += 1
            spots[line_of[slots[slot] - 1]] += starts[slot]
    part_at = part_of[:-1].copy()
    for line in range(count):
        length[line] = length[line] / spots[line] if spots[line] else 0.0
        worst[line] = 0.0
        rate[line] = _rate(line, part_at[line], part_of, parts, length[line])
    for slot in range(start, len(slots)):
        own = line_of[slots[slot] - 1] if 0 < slots[slot] < OFF else -1
        if own >= 0:
            shown[own] += 1
        for line in range(count):
            while part_at[line] < part_of[line + 1] and parts[part_at[line], 1] <= slot:
                part_at[line] += 1
                rate[line] = _rate(line, part_at[line], part_of, parts, length[line])
            if part_at[line] < part_of[line + 1] and parts[part_at[line], 0] <= slot:
                base[line] += rate[line]
            worst[line] = max(worst[line], abs(shown[line] - base[line]))


@compiled
def _rate(line: int, part: int, part_of: Ints, parts: Ints, length: float) -> float:
    """Slots owed in each slot of a part."""
    if part >= part_of[line + 1] or parts[part, 1] <= parts[part, 0]:
        return 0.0
    return float(parts[part, 2] * length / (parts[part, 1] - parts[part, 0]))


@compiled
def breaks(lines: Lines, gaps: Ints, slots: Words, starts: Bytes) -> int:
    """How many spots begin too near to one of the same creative, advertiser or category."""
    groups, line_of = lines.groups, lines.line_of
    size = 1 + len(line_of) + (groups.max() if len(groups) else 0)
    ends = np.full((3, size), LONG_AGO, np.int32)
    found = 0
    for slot in range(len(slots)):
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
