"""Change a planned day as little as may be.

Spots that are no longer owed give way: to new ones where these are due, else to house content, whose place new ones
take too. All others stay where they are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.model.compiled import Bytes, Ints, Longs, Words, compiled
from server.planner.sequence.columns import HOUSE, NO_LINE, OFF, Lines
from server.planner.sequence.dispatch import clear_at, next_piece, put, take


class Leaving(NamedTuple):
    """spare (P,): how many spots of a part are no longer owed, below 0 how many are missing
    spread (P,): so many slots between two that leave it, so that it stays even · left (N,): whose spot left from here
    """

    spare: Longs
    spread: Longs
    left: Longs


@compiled
def amend(start: int, lines: Lines, gaps: Ints, ends: Ints, slots: Words, starts: Bytes) -> int:
    """Change `slots` and `starts` from `start` on to what the lines are owed; returns how many spots found no place.

    A slot holds 0 for house content, 65535 for off, else a piece's number and one; what no line has any more is house
    content already. gaps: as in `deadlines` · ends: as in `Tape`, before `start`
    """
    spare = _spare(start, lines, slots, starts)
    leaving = Leaving(spare, _spread(spare, lines), np.full(len(slots), NO_LINE, np.int64))
    unplaced = 0
    for line in range(len(lines.part_of) - 1):
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            if spare[part] < 0:
                hasty = lines.urgent[line] != 0 and part == lines.part_of[line]
                unplaced += _insert(line, part, start, hasty, leaving, lines, gaps, ends, slots, starts)
    for line in range(len(lines.part_of) - 1):
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            if spare[part] > 0:
                first, had = max(start, lines.parts[part, 0]), lines.parts[part, 2] + spare[part]
                _remove(line, first, lines.parts[part, 1], had, spare[part], lines, slots, starts)
    return unplaced


@compiled
def _spare(start: int, lines: Lines, slots: Words, starts: Bytes) -> Longs:
    """Of each part (P,): how many more spots stand in it than are owed."""
    spare = -lines.parts[:, 2].astype(np.int64)
    at = lines.part_of[:-1].copy()
    for slot in range(start, len(slots)):
        if starts[slot] and HOUSE < slots[slot] < OFF:
            line = lines.line_of[slots[slot] - 1]
            while at[line] < lines.part_of[line + 1] and lines.parts[at[line], 1] <= slot:
                at[line] += 1
            if at[line] < lines.part_of[line + 1] and lines.parts[at[line], 0] <= slot:
                spare[at[line]] += 1
    return spare


@compiled
def _spread(spare: Longs, lines: Lines) -> Longs:
    """Half of what would be even."""
    lengths = (lines.parts[:, 1] - lines.parts[:, 0]).astype(np.int64)
    return np.where(spare > 0, lengths // (2 * np.maximum(spare, 1)), 0)


@compiled
def _is_start(line: int, slot: int, lines: Lines, slots: Words, starts: Bytes) -> bool:
    return bool(starts[slot] != 0 and slots[slot] != HOUSE and lines.line_of[slots[slot] - 1] == line)


@compiled
def _remove(line: int, first: int, end: int, had: int, most: int, lines: Lines, slots: Words, starts: Bytes) -> None:
    """Evenly: of `had` spots every so many-th goes."""
    seen = 0
    for slot in range(first, end):
        if not _is_start(line, slot, lines, slots, starts):
            continue
        seen += 1
        if seen * most // had > (seen - 1) * most // had:
            stop = slot + lines.pieces[slots[slot] - 1, 1]
            slots[slot:stop] = HOUSE
            starts[slot:stop] = 0


@compiled
def _insert(
    line: int, part: int, start: int, hasty: bool, leaving: Leaving, lines: Lines, gaps: Ints, ends: Ints,
    slots: Words, starts: Bytes,
) -> int:  # fmt: skip
    """Spot k of the part belongs into its window; as long as spots are missing, a window that lacks one gets it.

    The place is as near the window's middle as may be; a hasty line's first is at the beginning. Returns how many of
    those that are missing found none.
    """
    first, end, owed = max(start, lines.parts[part, 0]), lines.parts[part, 1], lines.parts[part, 2]
    length, had, slot = end - first, 0, first
    for spot in range(owed):
        if leaving.spare[part] >= 0:
            break
        begin, stop = first + spot * length // owed, first + (spot + 1) * length // owed
        while slot < min(end, stop):
            had += 1 if _is_start(line, slot, lines, slots, starts) else 0
            slot += 1
        if had > spot:
            continue
        piece = next_piece(line, lines)
        longest = lines.pieces[piece, 1]
        middle, reach = (begin + stop) // 2, 4 * (length // owed) + longest
        if hasty and spot == 0:
            middle, reach = first, 2 * longest
        place = _nearest(middle, reach, first, end, line, piece, leaving, lines, gaps, ends, slots, starts)
        if place < 0:
            continue
        _leave(place, place + longest, leaving, lines, slots, starts)
        put(place, piece, lines, slots, starts)
        take(piece, lines)
        leaving.spare[part] += 1
        had += 1 if place < slot else 0
    return int(-leaving.spare[part])


@compiled
def _nearest(
    middle: int, reach: int, first: int, end: int, line: int, piece: int, leaving: Leaving, lines: Lines, gaps: Ints,
    ends: Ints, slots: Words, starts: Bytes,
) -> int:  # fmt: skip
    """The slots nearest to the middle that are free for the spot and keep its distances; −1 if none are in reach."""
    for away in range(2 * reach):
        place = middle + (away + 1) // 2 * (1 if away % 2 else -1)
        stop = place + lines.pieces[piece, 1]
        is_free = first <= place and stop <= end and _is_free(place, stop, leaving, lines, slots, starts)
        is_free = is_free and place >= clear_at(line, piece, lines, gaps, ends)
        if is_free and _is_clear(place, stop, line, piece, lines, gaps, slots):
            return int(place)
    return -1


@compiled
def _is_free(place: int, stop: int, leaving: Leaving, lines: Lines, slots: Words, starts: Bytes) -> bool:
    """Are these slots house content, or whole spots that are no longer owed, one of each line?"""
    slot, last = place, -1
    while slot < stop:
        if slots[slot] == HOUSE:
            slot += 1
            continue
        if slots[slot] == OFF or not starts[slot]:
            return False
        line = lines.line_of[slots[slot] - 1]
        part = _part_at(line, slot, lines)
        if line == last or part < 0 or leaving.spare[part] <= 0 or _left_near(line, part, slot, leaving):
            return False
        slot, last = slot + lines.pieces[slots[slot] - 1, 1], line
    return bool(slot == stop)


@compiled
def _left_near(line: int, part: int, slot: int, leaving: Leaving) -> bool:
    """Did one of the line's spots leave from nearby?"""
    near = leaving.left[max(0, slot - leaving.spread[part]) : slot + leaving.spread[part]]
    return bool((near == line).any())


@compiled
def _leave(place: int, stop: int, leaving: Leaving, lines: Lines, slots: Words, starts: Bytes) -> None:
    """The spots that stand here are gone."""
    for slot in range(place, stop):
        if starts[slot] and HOUSE < slots[slot] < OFF:
            line = lines.line_of[slots[slot] - 1]
            leaving.spare[_part_at(line, slot, lines)] -= 1
            leaving.left[slot] = line


@compiled
def _part_at(line: int, slot: int, lines: Lines) -> int:
    for part in range(lines.part_of[line], lines.part_of[line + 1]):
        if lines.parts[part, 0] <= slot < lines.parts[part, 1]:
            return int(part)
    return -1


@compiled
def _is_clear(place: int, stop: int, line: int, piece: int, lines: Lines, gaps: Ints, slots: Words) -> bool:
    """Is nothing too near that the line's piece must be kept from?"""
    if lines.groups[line, 0] < 0:
        return True
    for away in range(max(gaps[0], gaps[1], gaps[2])):
        for slot in (place - 1 - away, stop + away):
            if 0 <= slot < len(slots) and _too_near(slots[slot], away, line, piece, lines, gaps):
                return False
    return True


@compiled
def _too_near(number: int, away: int, line: int, piece: int, lines: Lines, gaps: Ints) -> bool:
    """Must what a slot shows be kept further away from the line's piece?"""
    if number == HOUSE or number > len(lines.line_of):
        return False
    other = lines.line_of[number - 1]
    if away < gaps[0] and number - 1 == piece:
        return True
    if away < gaps[1] and lines.groups[other, 0] == lines.groups[line, 0]:
        return True
    category = lines.groups[line, 1]
    return bool(away < gaps[2] and category >= 0 and lines.groups[other, 1] == category)
