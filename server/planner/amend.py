"""Change a planned day as little as may be.

Spots that are no longer owed give way to house content, new ones take its place where they are due, and all others
stay where they are.
"""

from __future__ import annotations

import numpy as np

from server.planner.compiled import Bytes, Ints, Words, compiled
from server.planner.tape import HOUSE


@compiled
def amend(
    start: int,
    part_of: Ints,
    parts: Ints,
    urgent: Bytes,
    groups: Ints,
    gaps: Ints,
    piece_of: Ints,
    pieces: Ints,
    line_of: Ints,
    lags: Ints,
    slots: Words,
    starts: Bytes,
) -> bool:
    """Change `slots` and `starts` from `start` on to what `parts` owe; False if a spot finds no place.

    As in `tape.fill`; line_of (K,): the line of each piece. A slot's number less one is its piece; a piece that no
    line has any more stands as house content already.
    """
    count = len(part_of) - 1
    for line in range(count):
        for part in range(part_of[line], part_of[line + 1]):
            first, end = max(start, parts[part, 0]), parts[part, 1]
            had = 0
            for slot in range(first, end):
                if starts[slot] and slots[slot] != HOUSE and line_of[slots[slot] - 1] == line:
                    had += 1
            if had > parts[part, 2]:
                _remove(line, first, end, had, had - parts[part, 2], line_of, slots, starts)
    for line in range(count):
        longest: int = 0
        for at in range(piece_of[line], piece_of[line + 1]):
            longest = max(longest, pieces[at, 1])
        for part in range(part_of[line], part_of[line + 1]):
            hasty = urgent[line] != 0 and part == part_of[line]
            if not _insert(
                line, max(start, parts[part, 0]), parts[part, 1], parts[part, 2], hasty, longest, groups, gaps,
                piece_of, pieces, line_of, lags, slots, starts,
            ):  # fmt: skip
                return False
    return True


@compiled
def _remove(line: int, first: int, end: int, had: int, most: int, line_of: Ints, slots: Words, starts: Bytes) -> None:
    """Evenly: of `had` spots every so many-th goes."""
    seen = np.int64(0)
    slot = first
    while slot < end:
        if not (starts[slot] and slots[slot] != HOUSE and line_of[slots[slot] - 1] == line):
            slot += 1
            continue
        goes = (seen + 1) * most // had > seen * most // had
        seen += 1
        number = slots[slot]
        starts[slot] = 0 if goes else 1
        at = slot
        while at < len(slots) and slots[at] == number and (at == slot or not starts[at]):
            if goes:
                slots[at] = HOUSE
            at += 1
        slot = at


@compiled
def _insert(
    line: int,
    first: int,
    end: int,
    owed: int,
    hasty: bool,
    longest: int,
    groups: Ints,
    gaps: Ints,
    piece_of: Ints,
    pieces: Ints,
    line_of: Ints,
    lags: Ints,
    slots: Words,
    starts: Bytes,
) -> bool:
    """Spot k of the part belongs into its window; where spots are missing, a window that lacks one gets it.

    The place is as near the window's middle as may be.
    """
    if owed == 0 or end <= first:
        return owed == 0
    length, had, slot = int(end - first), 0, first
    missing = owed
    for at in range(first, end):
        if starts[at] and slots[at] != HOUSE and line_of[slots[at] - 1] == line:
            missing -= 1
    for spot in range(owed):
        if missing <= 0:
            return True
        stop = first + (spot + 1) * length // owed
        while slot < min(end, stop):
            if starts[slot] and slots[slot] != HOUSE and line_of[slots[slot] - 1] == line:
                had += 1
            slot += 1
        if had > spot:
            continue
        piece = _next_piece(line, piece_of, lags)
        middle, reach = (first + spot * length // owed + stop) // 2, 2 * (length // owed) + longest
        if hasty and spot == 0:
            middle, reach = first, 2 * longest
        place = _nearest(
            middle, first, end, reach, line, piece, groups,
            gaps, pieces, line_of, slots, starts,
        )  # fmt: skip
        if place < 0:
            return False
        for at in range(place, place + pieces[piece, 1]):
            slots[at] = piece + 1
            starts[at] = 0
        starts[place] = 1
        for at in range(piece_of[line], piece_of[line + 1]):
            lags[at] += pieces[at, 2]
            lags[piece] -= pieces[at, 2]
        missing -= 1
        if place < slot:
            had += 1
    return bool(missing <= 0)


@compiled
def _nearest(
    middle: int,
    first: int,
    end: int,
    reach: int,
    line: int,
    piece: int,
    groups: Ints,
    gaps: Ints,
    pieces: Ints,
    line_of: Ints,
    slots: Words,
    starts: Bytes,
) -> int:
    """The house slots nearest to the middle that hold the spot and keep its distances; −1 if none is within reach."""
    for away in range(2 * reach):
        place = middle + (away + 1) // 2 * (1 if away % 2 else -1)
        inside = first <= place and place + pieces[piece, 1] <= end
        if inside and _may_stand(place, line, piece, groups, gaps, pieces, line_of, slots):
            return int(place)
    return -1


@compiled
def _may_stand(
    place: int, line: int, piece: int, groups: Ints, gaps: Ints, pieces: Ints, line_of: Ints, slots: Words
) -> bool:
    stop = place + pieces[piece, 1]
    for at in range(place, stop):
        if slots[at] != HOUSE:
            return False
    if groups[line, 0] < 0:
        return True
    most = max(gaps[0], gaps[1], gaps[2])
    for away in range(most):
        for at in (place - 1 - away, stop + away):
            if at < 0 or at >= len(slots) or slots[at] == HOUSE or slots[at] > len(line_of):
                continue
            other = slots[at] - 1
            if away < gaps[0] and other == piece:
                return False
            if away < gaps[1] and groups[line_of[other], 0] == groups[line, 0]:
                return False
            if away < gaps[2] and groups[line, 1] >= 0 and groups[line_of[other], 1] == groups[line, 1]:
                return False
    return True


@compiled
def _next_piece(line: int, piece_of: Ints, lags: Ints) -> int:
    best = piece_of[line]
    for at in range(piece_of[line] + 1, piece_of[line + 1]):
        if lags[at] > lags[best]:
            best = at
    return int(best)
