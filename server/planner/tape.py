"""One screen's day, slot by slot: which line's spot begins where. The loops of the sequencer, in integers.

A line is owed a whole number of spots in each of its parts of the day. Spot k of q in a part of n slots is released
once more than k spots are owed, and due when k + 1 are: the earliest deadline among the released keeps every prefix
within one spot of what is owed (chairman assignment, R. Tijdeman, Discrete Mathematics 32 (1980) 323-330; for unequal
lengths within the longest spot, arXiv 2511.18546). Separation is a filter on top of it: the bound then holds as long
as groups have headroom, and the allotment leaves them some.
"""

from __future__ import annotations

import numpy as np

from server.planner.compiled import Bytes, Ints, Words, compiled

NEVER = 1 << 30
LONG_AGO = -NEVER
HOUSE = 0
NO_LINE = -1


@compiled
def fill(
    start: int,
    part_of: Ints,
    parts: Ints,
    urgent: Bytes,
    groups: Ints,
    gaps: Ints,
    piece_of: Ints,
    pieces: Ints,
    lags: Ints,
    rests: Ints,
    house: Ints,
    house_at: Ints,
    ends: Ints,
    slots: Words,
    starts: Bytes,
) -> int:
    """Fill `slots` and `starts` from `start` on, where `rests` tells that the screen is on; the spots without a place.

    part_of (L + 1,): where a line's parts begin · parts (P, 3): first slot, end, spots owed; in order, not overlapping
    urgent (L,): whether the first spot is due at once
    groups (L, 2): advertiser, −1 for one that follows itself, and category, −1 for none
    gaps (3,): slots between two of one item, advertiser, category
    piece_of (L + 1,): where a line's creatives begin · pieces (K, 3): item, slots, weight · lags (K,): the rota's state
    rests (R, 3): first slot, end, and slots that nobody is owed · house (H,): slots of each house item in turn
    house_at (3,): runs of house content before `start`, showings of the run that goes on there, and whether one does
    ends (3, G): where the last showing of each item, advertiser and category ended; changed
    """
    count = len(part_of) - 1
    part_at, spot_at = part_of[:-1].copy(), np.zeros(count, np.int32)
    release, due, piece = np.empty(count, np.int32), np.empty(count, np.int32), np.empty(count, np.int32)
    room_at = part_of[:-1].copy()
    for line in range(count):
        piece[line] = _next_piece(line, piece_of, pieces, lags)
        _next_window(line, part_of, parts, part_at, spot_at, release, due, pieces[piece[line], 1])
        if urgent[line] and release[line] < NEVER:
            due[line] = LONG_AGO
    house_runs, place, running = house_at[0], house_at[1], house_at[2] != 0
    for rest in range(len(rests)):
        first, end, spare = rests[rest, 0], rests[rest, 1], np.int64(rests[rest, 2])
        slot = max(start, first)
        rested = spare * (slot - first) // (end - first)
        while slot < end:
            best, best_due, blocked, blocked_due = NO_LINE, NEVER, NEVER, NEVER
            for line in range(count):
                if release[line] > slot or due[line] >= best_due:
                    continue
                if not _fits(line, slot, slot + pieces[piece[line], 1], part_of, parts, room_at):
                    continue
                clear = _clear_at(pieces[piece[line], 0], groups[line, 0], groups[line, 1], gaps, ends)
                if clear <= slot:
                    best, best_due = line, due[line]
                elif due[line] < blocked_due:
                    blocked, blocked_due = clear, due[line]
            owes_rest = spare * (slot + 1 - first) > rested * (end - first)
            showing = house[(house_runs + place) % len(house)]
            if best >= 0 and owes_rest:
                # House content takes its turn by its deadline too: what nobody bought is spread, not left for the end.
                rest_due = first - (-(rested + showing) * (end - first) // spare) - showing
                if rest_due < best_due:
                    best = NO_LINE
            if best < 0 and not owes_rest:
                best = _early(slot, part_of, parts, part_at, room_at, release, groups, gaps, piece, pieces, ends)
            if best < 0:
                stop = min(end, slot + showing)
                if blocked < stop and blocked_due < stop:
                    stop = max(slot + 1, blocked)
                stop = _before_openings(slot, stop, part_of, parts)
                for at in range(slot, stop):
                    slots[at], starts[at] = HOUSE, 0
                rested += stop - slot
                place, running = place + 1, True
                slot = stop
                continue
            if running:
                house_runs, place, running = house_runs + 1, 0, False
            item, stop = pieces[piece[best], 0], slot + pieces[piece[best], 1]
            for at in range(slot, stop):
                slots[at], starts[at] = item + 1, 0
            starts[slot] = 1
            _note_end(item, groups[best, 0], groups[best, 1], stop, ends)
            _take_piece(best, piece[best], piece_of, pieces, lags)
            piece[best] = _next_piece(best, piece_of, pieces, lags)
            spot_at[best] += 1
            _next_window(best, part_of, parts, part_at, spot_at, release, due, pieces[piece[best], 1])
            slot = stop
        if running:
            house_runs, place, running = house_runs + 1, 0, False
    return _unplaced(part_of, parts, part_at, spot_at)


@compiled
def _next_window(
    line: int, part_of: Ints, parts: Ints, part_at: Ints, spot_at: Ints, release: Ints, due: Ints, slots: int
) -> None:
    """When the line's next spot may begin, and when it should at the latest."""
    while part_at[line] < part_of[line + 1] and spot_at[line] >= parts[part_at[line], 2]:
        part_at[line] += 1
        spot_at[line] = 0
    if part_at[line] >= part_of[line + 1]:
        release[line], due[line] = NEVER, NEVER
        return
    part = part_at[line]
    first, length = parts[part, 0], parts[part, 1] - parts[part, 0]
    owed, spot = np.int64(parts[part, 2]), np.int64(spot_at[line])
    release[line] = first + spot * length // owed
    due[line] = first - (-(spot + 1) * length // owed) - slots


@compiled
def _next_piece(line: int, piece_of: Ints, pieces: Ints, lags: Ints) -> int:
    """The creative furthest behind its weight; of equals the first."""
    best = piece_of[line]
    for at in range(piece_of[line] + 1, piece_of[line + 1]):
        if lags[at] > lags[best]:
            best = at
    return int(best)


@compiled
def _take_piece(line: int, taken: int, piece_of: Ints, pieces: Ints, lags: Ints) -> None:
    for at in range(piece_of[line], piece_of[line + 1]):
        lags[at] += pieces[at, 2]
        lags[taken] -= pieces[at, 2]


@compiled
def _clear_at(item: int, advertiser: int, category: int, gaps: Ints, ends: Ints) -> int:
    """From when on nothing that must be kept apart is too near. Who takes over follows itself."""
    if advertiser < 0:
        return int(LONG_AGO)
    clear = ends[0, item] + gaps[0]
    clear = max(clear, ends[1, advertiser] + gaps[1])
    if category >= 0:
        clear = max(clear, ends[2, category] + gaps[2])
    return int(clear)


@compiled
def _note_end(item: int, advertiser: int, category: int, stop: int, ends: Ints) -> None:
    ends[0, item] = stop
    if advertiser >= 0:
        ends[1, advertiser] = stop
    if category >= 0:
        ends[2, category] = stop


@compiled
def _fits(line: int, slot: int, stop: int, part_of: Ints, parts: Ints, room_at: Ints) -> bool:
    """Does the line's time go on without a break from this slot until `stop`?"""
    end = part_of[line + 1]
    while room_at[line] < end and parts[room_at[line], 1] <= slot:
        room_at[line] += 1
    part = room_at[line]
    if part >= end or parts[part, 0] > slot:
        return False
    while parts[part, 1] < stop:
        if part + 1 >= end or parts[part + 1, 0] != parts[part, 1]:
            return False
        part += 1
    return True


@compiled
def _early(
    slot: int,
    part_of: Ints,
    parts: Ints,
    part_at: Ints,
    room_at: Ints,
    release: Ints,
    groups: Ints,
    gaps: Ints,
    piece: Ints,
    pieces: Ints,
    ends: Ints,
) -> int:
    """Where all time is sold and nothing released may stand: the next that may, one spot ahead and in its own part."""
    best, best_release = -1, NEVER
    for line in range(len(release)):
        if release[line] >= best_release or parts[part_at[line], 0] > slot:
            continue
        if not _fits(line, slot, slot + pieces[piece[line], 1], part_of, parts, room_at):
            continue
        if _clear_at(pieces[piece[line], 0], groups[line, 0], groups[line, 1], gaps, ends) <= slot:
            best, best_release = line, release[line]
    return best


@compiled
def _before_openings(slot: int, stop: int, part_of: Ints, parts: Ints) -> int:
    """House content gives way where anyone's time begins, so that a spot which just fits there can begin."""
    for part in range(len(parts)):
        if slot < parts[part, 0] < stop and parts[part, 2] > 0:
            stop = parts[part, 0]
    return int(stop)


@compiled
def _unplaced(part_of: Ints, parts: Ints, part_at: Ints, spot_at: Ints) -> int:
    left = 0
    for line in range(len(part_at)):
        for part in range(part_at[line], part_of[line + 1]):
            left += parts[part, 2] - (spot_at[line] if part == part_at[line] else 0)
    return left
