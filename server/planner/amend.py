"""Change a planned day as little as may be.

Spots that are no longer owed give way to house content, new ones take its place where they are due, and all others
stay where they are.
"""

from __future__ import annotations

from server.planner.compiled import Bytes, Ints, Words, compiled
from server.planner.tape import HOUSE, Lines, next_piece, put, take


@compiled
def amend(start: int, lines: Lines, gaps: Ints, slots: Words, starts: Bytes) -> int:
    """Change `slots` and `starts` from `start` on to what the lines are owed; returns how many spots found no place.

    A slot holds 0 for house content, 65535 for off, else a piece's number and one; what no line has any more is house
    content already. gaps: as in `tape.fill`
    """
    for line in range(len(lines.part_of) - 1):
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            first, end, owed = max(start, lines.parts[part, 0]), lines.parts[part, 1], lines.parts[part, 2]
            had = _shown(line, first, end, lines, slots, starts)
            if had > owed:
                _remove(line, first, end, had, had - owed, lines, slots, starts)
    unplaced = 0
    for line in range(len(lines.part_of) - 1):
        for part in range(lines.part_of[line], lines.part_of[line + 1]):
            first, end, owed = max(start, lines.parts[part, 0]), lines.parts[part, 1], lines.parts[part, 2]
            missing = owed - _shown(line, first, end, lines, slots, starts)
            hasty = lines.urgent[line] != 0 and part == lines.part_of[line]
            if missing > 0:
                unplaced += _insert(line, first, end, owed, missing, hasty, lines, gaps, slots, starts)
    return unplaced


@compiled
def _is_start(line: int, slot: int, lines: Lines, slots: Words, starts: Bytes) -> bool:
    return bool(starts[slot] != 0 and slots[slot] != HOUSE and lines.line_of[slots[slot] - 1] == line)


@compiled
def _shown(line: int, first: int, end: int, lines: Lines, slots: Words, starts: Bytes) -> int:
    count = 0
    for slot in range(first, end):
        count += 1 if _is_start(line, slot, lines, slots, starts) else 0
    return count


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
    line: int, first: int, end: int, owed: int, missing: int, hasty: bool, lines: Lines, gaps: Ints, slots: Words,
    starts: Bytes,
) -> int:  # fmt: skip
    """Spot k of the part belongs into its window; as long as spots are missing, a window that lacks one gets it.

    The place is as near the window's middle as may be; a hasty line's first is at the beginning. Returns how many of
    those that are missing found none.
    """
    length, had, slot = end - first, 0, first
    for spot in range(owed):
        if missing <= 0:
            break
        begin, stop = first + spot * length // owed, first + (spot + 1) * length // owed
        while slot < min(end, stop):
            had += 1 if _is_start(line, slot, lines, slots, starts) else 0
            slot += 1
        if had > spot:
            continue
        piece = next_piece(line, lines)
        longest = lines.pieces[piece, 1]
        middle, reach = (begin + stop) // 2, 2 * (length // owed) + longest
        if hasty and spot == 0:
            middle, reach = first, 2 * longest
        place = _nearest(middle, reach, first, end, line, piece, lines, gaps, slots)
        if place < 0:
            continue
        put(place, piece, lines, slots, starts)
        take(piece, lines)
        missing -= 1
        had += 1 if place < slot else 0
    return int(missing)


@compiled
def _nearest(
    middle: int, reach: int, first: int, end: int, line: int, piece: int, lines: Lines, gaps: Ints, slots: Words
) -> int:
    """The house slots nearest to the middle that hold the spot and keep its distances; −1 if none is within reach."""
    for away in range(2 * reach):
        place = middle + (away + 1) // 2 * (1 if away % 2 else -1)
        inside = first <= place and place + lines.pieces[piece, 1] <= end
        if inside and _may_stand(place, line, piece, lines, gaps, slots):
            return int(place)
    return -1


@compiled
def _may_stand(place: int, line: int, piece: int, lines: Lines, gaps: Ints, slots: Words) -> bool:
    stop = place + lines.pieces[piece, 1]
    for slot in range(place, stop):
        if slots[slot] != HOUSE:
            return False
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
