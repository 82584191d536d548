"""Change a planned day as little as possible.

Spots that are no longer owed are *surplus*. A new spot takes the place of surplus spots, or of house content, near the
slot where it is due; surplus that is left at the end becomes house content. All other spots stay where they are, and no
distance is ever broken: a new spot that finds no such place is counted and left out (`sequencer` may then prefer to put
the whole day in order anew).

New spots are inserted before any surplus is removed, so that they can take its place: then the day changes in one slot
instead of two.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.model.arrays import END, FIRST, SPOTS
from server.planner.model.compiled import Bytes, Ints, Longs, Words, compiled
from server.planner.sequence.columns import (
    ADVERTISER,
    BY_ADVERTISER,
    BY_CATEGORY,
    BY_PIECE,
    CATEGORY,
    HOUSE,
    LENGTH,
    NO_LINE,
    OFF,
    Lines,
)
from server.planner.sequence.dispatch import clear_at, count_showing, next_piece, write_spot


class Surplus(NamedTuple):
    """balance (P,): surplus spots of each part; below 0, how many spots are missing in it
    spacing (P,): slots between two surplus spots of a part that are removed, so that those that stay remain even
    removed (N,): the line whose surplus spot began in this slot and was replaced, or NO_LINE
    """

    balance: Longs
    spacing: Longs
    removed: Longs


@compiled
def amend(start: int, lines: Lines, gaps: Ints, ends: Ints, slots: Words, starts: Bytes) -> int:
    """Change `slots` and `starts` from `start` on to what the lines are owed; returns how many spots found no place.

    slots, starts, gaps: as in `dispatch.DayDraft` and `deadlines`; spots of items that no line has any more are house
    content already · ends: as in `dispatch.DayDraft`, before `start`

    An urgent line's first spot goes to the beginning of its time instead of the middle of its window.
    """
    # First every line's missing spots, which may take the place of surplus; then the surplus that nobody replaced.
    balance = _count_surplus(start, lines, slots, starts)
    surplus = Surplus(balance, _spacing(balance, lines), np.full(len(slots), NO_LINE, np.int64))
    unplaced = 0
    for line in range(len(lines.part_of) - 1):
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            if balance[part] < 0:
                at_once = lines.urgent[line] != 0 and part == lines.part_of[line]
                unplaced += _insert(line, part, start, at_once, surplus, lines, gaps, ends, slots, starts)
    for line in range(len(lines.part_of) - 1):
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            if balance[part] > 0:
                first, had = max(start, lines.parts[part, FIRST]), lines.parts[part, SPOTS] + balance[part]
                _remove_evenly(line, first, lines.parts[part, END], had, balance[part], lines, slots, starts)
    return unplaced


@compiled
def _count_surplus(start: int, lines: Lines, slots: Words, starts: Bytes) -> Longs:
    """Of each part (P,), how many more spots it has than it owes; below 0, how many fewer.

    A part's spots are those that begin in it. `at` walks through the parts of each line once, since slots only grow.
    """
    balance = -lines.parts[:, SPOTS].astype(np.int64)
    at = lines.part_of[:-1].copy()
    for slot in range(start, len(slots)):
        if starts[slot] and HOUSE < slots[slot] < OFF:
            line = lines.line_of[slots[slot] - 1]
            while at[line] < lines.part_of[line + 1] and lines.parts[at[line], END] <= slot:
                at[line] += 1
            if at[line] < lines.part_of[line + 1] and lines.parts[at[line], FIRST] <= slot:
                balance[at[line]] += 1
    return balance


@compiled
def _spacing(balance: Longs, lines: Lines) -> Longs:
    """Of each part (P,), half the distance at which its surplus spots would be evenly spaced; 0 where there is none.

    Half, because new spots are due where they are: the whole distance would leave too few places to choose from.
    """
    lengths = (lines.parts[:, END] - lines.parts[:, FIRST]).astype(np.int64)
    return np.where(balance > 0, lengths // (2 * np.maximum(balance, 1)), 0)


@compiled
def _is_start(line: int, slot: int, lines: Lines, slots: Words, starts: Bytes) -> bool:
    return bool(starts[slot] != 0 and slots[slot] != HOUSE and lines.line_of[slots[slot] - 1] == line)


@compiled
def _remove_evenly(
    line: int, first: int, end: int, had: int, most: int, lines: Lines, slots: Words, starts: Bytes
) -> None:
    """Turn `most` of the line's `had` spots between two slots into house content, evenly.

    Spot k goes where k · most // had grows by one, which it does `most` times.
    """
    seen = 0
    for slot in range(first, end):
        if not _is_start(line, slot, lines, slots, starts):
            continue
        seen += 1
        if seen * most // had > (seen - 1) * most // had:
            stop = slot + lines.pieces[slots[slot] - 1, LENGTH]
            slots[slot:stop] = HOUSE
            starts[slot:stop] = 0


@compiled
def _insert(
    line: int, part: int, start: int, at_once: bool, surplus: Surplus, lines: Lines, gaps: Ints, ends: Ints,
    slots: Words, starts: Bytes,
) -> int:  # fmt: skip
    """Insert the missing spots of a part; returns how many of them found no place.

    Spot k of q belongs into the k-th of q equal windows of the part. Walking through the windows, one is given a spot
    if fewer than k + 1 spots begin up to its end, as long as any are missing. The place is as near the window's middle
    as possible; if the spot is due `at_once`, as near the part's beginning.
    """
    first, end, owed = max(start, lines.parts[part, FIRST]), lines.parts[part, END], lines.parts[part, SPOTS]
    length, had, slot = end - first, 0, first
    for spot in range(owed):
        if surplus.balance[part] >= 0:
            break
        # Window `spot` of the part, in slots; windows differ by one slot at most.
        begin, stop = first + spot * length // owed, first + (spot + 1) * length // owed
        while slot < min(end, stop):
            had += 1 if _is_start(line, slot, lines, slots, starts) else 0
            slot += 1
        if had > spot:
            continue
        piece = next_piece(line, lines)
        longest = lines.pieces[piece, LENGTH]
        # In slots to either side of the middle: four windows, and the spot itself.
        middle, reach = (begin + stop) // 2, 4 * (length // owed) + longest
        if at_once and spot == 0:
            middle, reach = first, 2 * longest
        place = _nearest(middle, reach, first, end, line, piece, surplus, lines, gaps, ends, slots, starts)
        if place < 0:
            continue
        _remove_surplus(place, place + longest, surplus, lines, slots, starts)
        write_spot(place, piece, lines, slots, starts)
        count_showing(piece, lines)
        surplus.balance[part] += 1
        # The walk has passed the slots before `slot`; a spot that begins later is counted when the walk reaches it.
        had += 1 if place < slot else 0
    return int(-surplus.balance[part])


@compiled
def _nearest(
    middle: int, reach: int, first: int, end: int, line: int, piece: int, surplus: Surplus, lines: Lines, gaps: Ints,
    ends: Ints, slots: Words, starts: Bytes,
) -> int:  # fmt: skip
    """The slot nearest to the middle in which the spot can begin and keeps its distances; −1 if there is none in reach.

    Tries middle, middle + 1, middle − 1, middle + 2 and so on.
    """
    for away in range(2 * reach):
        place = middle + (away + 1) // 2 * (1 if away % 2 else -1)
        stop = place + lines.pieces[piece, LENGTH]
        is_free = first <= place and stop <= end and _is_free(place, stop, surplus, lines, slots, starts)
        is_free = is_free and place >= clear_at(line, piece, lines, gaps, ends)
        if is_free and _keeps_distance(place, stop, line, piece, lines, gaps, slots):
            return int(place)
    return -1


@compiled
def _is_free(place: int, stop: int, surplus: Surplus, lines: Lines, slots: Words, starts: Bytes) -> bool:
    """Whether these slots are house content, or whole surplus spots of which no two neighbours are of one line."""
    slot, last = place, -1
    while slot < stop:
        if slots[slot] == HOUSE:
            slot += 1
            continue
        if slots[slot] == OFF or not starts[slot]:
            return False
        line = lines.line_of[slots[slot] - 1]
        part = _part_at(line, slot, lines)
        if line == last or part < 0 or surplus.balance[part] <= 0 or _removed_near(line, part, slot, surplus):
            return False
        slot, last = slot + lines.pieces[slots[slot] - 1, LENGTH], line
    return bool(slot == stop)


@compiled
def _removed_near(line: int, part: int, slot: int, surplus: Surplus) -> bool:
    """Whether a spot of the line was replaced within the spacing of its part."""
    near = surplus.removed[max(0, slot - surplus.spacing[part]) : slot + surplus.spacing[part]]
    return bool((near == line).any())


@compiled
def _remove_surplus(place: int, stop: int, surplus: Surplus, lines: Lines, slots: Words, starts: Bytes) -> None:
    """Count the spots that begin in these slots as removed; the caller overwrites them."""
    for slot in range(place, stop):
        if starts[slot] and HOUSE < slots[slot] < OFF:
            line = lines.line_of[slots[slot] - 1]
            surplus.balance[_part_at(line, slot, lines)] -= 1
            surplus.removed[slot] = line


@compiled
def _part_at(line: int, slot: int, lines: Lines) -> int:
    """The line's part that this slot is in, or −1."""
    for part in range(lines.part_of[line], lines.part_of[line + 1]):
        if lines.parts[part, FIRST] <= slot < lines.parts[part, END]:
            return int(part)
    return -1


@compiled
def _keeps_distance(place: int, stop: int, line: int, piece: int, lines: Lines, gaps: Ints, slots: Words) -> bool:
    """Whether nothing that the piece must be kept apart from is too near, before or after these slots."""
    if lines.groups[line, ADVERTISER] < 0:
        return True
    for away in range(max(gaps[BY_PIECE], gaps[BY_ADVERTISER], gaps[BY_CATEGORY])):
        for slot in (place - 1 - away, stop + away):
            if 0 <= slot < len(slots) and _too_near(slots[slot], away, line, piece, lines, gaps):
                return False
    return True


@compiled
def _too_near(number: int, away: int, line: int, piece: int, lines: Lines, gaps: Ints) -> bool:
    """Whether a slot with this number, `away` slots from the piece's spot, is nearer than the distances allow."""
    if number == HOUSE or number > len(lines.line_of):
        return False
    other = lines.line_of[number - 1]
    if away < gaps[BY_PIECE] and number - 1 == piece:
        return True
    if away < gaps[BY_ADVERTISER] and lines.groups[other, ADVERTISER] == lines.groups[line, ADVERTISER]:
        return True
    category = lines.groups[line, CATEGORY]
    return bool(away < gaps[BY_CATEGORY] and category >= 0 and lines.groups[other, CATEGORY] == category)
