"""One screen's day, slot by slot: which line's spot begins where. The loops of the sequencer, in integers.

A line is owed a whole number of spots in each of its parts of the day. Spot k of q in a part of n slots is released
once more than k spots are owed, and due when k + 1 are. Of the released spots the one with the earliest deadline goes
first, which keeps every prefix of the day within one spot of what is owed (chairman assignment, R. Tijdeman, Discrete
Mathematics 32 (1980) 323-330; for unequal lengths within the longest spot, arXiv 2511.18546).

Distances are a filter on top of it, and for them that theorem does not hold. Two things make up for it: deadlines leave
room for distances (deadlines.py), and a spot that can wait gives way where it would keep out one of its group that
cannot. Measured, not proven, the bound then holds as long as groups have headroom, which the allotment leaves them.

At every slot the loop knows, and keeps as invariants:
- `Progress`: of each line the next spot that it owes, with its release and its deadline;
- `Queue`: each line that still owes a spot is in exactly one of the two heaps, except while a function holds it between
  a pop and an `_enqueue`. That is why functions that pop say so in their name;
- `DayDraft.ends`: where the last spot of each piece, advertiser and category ended: a distance is one comparison.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.model.arrays import END, FIRST, SPOTS
from server.planner.model.compiled import Bytes, Ints, Words, compiled, inlined
from server.planner.sequence.columns import (
    ADVERTISER,
    BY_ADVERTISER,
    BY_CATEGORY,
    BY_PIECE,
    CATEGORY,
    HOUSE,
    LENGTH,
    LONG_AGO,
    NEVER,
    NO_LINE,
    WEIGHT,
    Lines,
)
from server.planner.sequence.deadlines import Deadlines
from server.planner.sequence.heap import Heap, heap_of, pop, push

# A heap's key is a slot shifted by so many bits, plus a line: the smallest key has the earliest slot, and among equal
# slots the lowest line. Slots may be negative (LONG_AGO): the shift keeps the sign, and the mask still gives the line.
LINE_BITS = 24
LINE_MASK = (1 << LINE_BITS) - 1
MOST_PUT_OFF = 8  # slots by which a variation postpones a deadline at most

# Entries of `HouseContent.state`, and column of `HouseContent.stretches` beside FIRST and END.
RUNS, SHOWINGS, IS_RUNNING = 0, 1, 2
UNSOLD = 2


class DayDraft(NamedTuple):
    """A day in the making; the loops change it.

    slots (N,): 0 for house content, 65535 for off, else a piece's number and one · starts (N,): 1 where a spot begins
    ends (3, G): the slot in which the last showing of each piece, advertiser and category ended
    """

    slots: Words
    starts: Bytes
    ends: Ints


class HouseContent(NamedTuple):
    """The items that fill unsold time, and how much of it there is.

    lengths (H,): slots of each item, which are shown in turn
    state (3,): runs of house content so far, showings in the run that is going on, and whether one is
    stretches (R, 3): ranges in which the screen is on: first slot, end, and slots of them that are owed to no line
    """

    lengths: Ints
    state: Ints
    stretches: Ints


class Progress(NamedTuple):
    """How far each line is (L,).

    deadlines: of all spots · part, spot: the part of the next spot, and its number in that part
    lost: spots of parts that are over and may not be shown later · release, due: of the next spot, as slots; NEVER
    where no more spots are owed · piece: the creative of the next spot · fit_part: where `_fits` found the line last
    """

    deadlines: Deadlines
    part: Ints
    spot: Ints
    lost: Ints
    release: Ints
    due: Ints
    piece: Ints
    fit_part: Ints


class Queue(NamedTuple):
    """The lines that owe spots: in `ready` the released ones, by deadline; in `upcoming` the others, by release.

    passed_over: keys popped from one of them that go back after the search; a plain list, not ordered as a heap
    """

    ready: Heap
    upcoming: Heap
    passed_over: Heap


class Choice(NamedTuple):
    """The result of `_pop_most_urgent`.

    line: taken out of the queue, or NO_LINE · delays: whether its spot would make one late that is due before it
    blocked: the slot from which the most urgent of those that are too near to another may begin, or NEVER
    blocked_due: the deadline of that one
    """

    line: int
    delays: bool
    blocked: int
    blocked_due: int


@compiled
def fill(
    start: int, lines: Lines, deadlines: Deadlines, gaps: Ints, house: HouseContent, draft: DayDraft, variation: int
) -> int:
    """Fill the draft from slot `start` on; returns how many spots found no place.

    gaps: as in `deadlines`
    variation: 0, or a number from which a pseudo-random postponement of each deadline by some slots is derived. Where
    distances leave few choices, the earliest deadline alone may run in a cycle in which one line is always early and
    others are always late; another variation breaks the cycle.
    """
    progress = _initial_progress(lines, deadlines)
    count = len(progress.due)
    queue = Queue(heap_of(count), heap_of(count), heap_of(count))
    for line in range(count):
        _enqueue(line, start, progress, queue, variation)
    openings = np.unique(lines.parts[:, FIRST][lines.parts[:, SPOTS] > 0])
    run, slot = house.state.copy(), start
    for stretch in range(len(house.stretches)):
        first, end = house.stretches[stretch, FIRST], house.stretches[stretch, END]
        unsold = np.int64(house.stretches[stretch, UNSOLD])
        slot = max(slot, first)  # a spot may extend into this stretch from the one before
        # House content is like a line of its own, to which `unsold` slots of the stretch are owed; `filled` are shown.
        filled = unsold * (slot - first) // (end - first)
        while slot < end:
            choice = _pop_most_urgent(slot, lines, gaps, progress, draft, queue, variation)
            line = choice.line
            owes_house = unsold * (slot + 1 - first) > filled * (end - first)
            showing = house.lengths[(run[RUNS] + run[SHOWINGS]) % len(house.lengths)]
            if line >= 0 and owes_house:
                # House content takes its turn by its deadline too, so that unsold time is spread over the stretch and
                # not left for its end.
                house_due = first - (-(filled + showing) * (end - first) // unsold) - showing
                if choice.delays or house_due < progress.due[line]:
                    _enqueue(line, slot, progress, queue, variation)
                    line = NO_LINE
            if line < 0 and not owes_house:
                line = _pop_ahead_of_release(slot, lines, gaps, progress, draft, queue)
            if line >= 0:
                _end_run(run)
                slot = _place_spot(slot, line, lines, progress, draft)
                _enqueue(line, slot, progress, queue, variation)
            else:
                # A showing of house content is cut short for a spot that would otherwise be late, as soon as its
                # distances allow it; and where any line's time begins, so that a spot which just fits there can begin.
                cut = max(slot + 1, choice.blocked) if choice.blocked_due < slot + showing else NEVER
                opening = np.searchsorted(openings, slot, "right")
                if opening < len(openings):
                    cut = min(cut, openings[opening])
                stop = min(end, slot + showing, cut)
                draft.slots[slot:stop] = HOUSE
                draft.starts[slot:stop] = 0
                run[SHOWINGS], run[IS_RUNNING] = run[SHOWINGS] + 1, 1
                filled, slot = filled + stop - slot, stop
        _end_run(run)
    return _count_unplaced(lines, progress)


@compiled
def _initial_progress(lines: Lines, deadlines: Deadlines) -> Progress:
    """Every line before its first spot."""
    count = len(lines.part_of) - 1
    first = lines.part_of[:-1]
    progress = Progress(
        deadlines, first.copy(), np.zeros(count, np.int32), np.zeros(count, np.int32), np.empty(count, np.int32),
        np.empty(count, np.int32), np.empty(count, np.int32), first.copy(),
    )  # fmt: skip
    for line in range(count):
        _aim_at_next_spot(line, lines, progress)
        if lines.urgent[line] and progress.release[line] < NEVER:
            progress.due[line] = LONG_AGO
    return progress


# --- the queue


@inlined
def _enqueue(line: int, slot: int, progress: Progress, queue: Queue, variation: int) -> None:
    """Put a line, which must be in neither heap, into the one where it belongs; in none if it owes no more spots."""
    if progress.release[line] <= slot:
        due = np.int64(progress.due[line])
        if variation:
            reach = 1 + (variation - 1) % MOST_PUT_OFF
            due += _hash(line, progress.part[line], progress.spot[line], variation) % (reach + 1)
        push(queue.ready, (due << LINE_BITS) + line)
    elif progress.release[line] < NEVER:
        push(queue.upcoming, (np.int64(progress.release[line]) << LINE_BITS) + line)


@inlined
def _pass_over(key: int, queue: Queue) -> None:
    queue.passed_over.keys[queue.passed_over.size[0]] = key
    queue.passed_over.size[0] += 1


@inlined
def _remove_passed_over(place: int, queue: Queue) -> int:
    """Take the line at this place out of `passed_over`; the last one moves to its place."""
    keys, size = queue.passed_over.keys, queue.passed_over.size
    line, size[0] = keys[place] & LINE_MASK, size[0] - 1
    keys[place] = keys[size[0]]
    return int(line)


@inlined
def _restore_passed_over(queue: Queue, heap: Heap) -> None:
    """Push all keys that were passed over back into the heap that they came from."""
    for n in range(queue.passed_over.size[0]):
        push(heap, queue.passed_over.keys[n])
    queue.passed_over.size[0] = 0


@inlined
def _hash(line: int, part: int, spot: int, variation: int) -> int:
    """16 bits that look random and are the same on every machine: a spatial hash with large primes, mixed once more."""
    mixed = (line * 73_856_093) ^ (part * 19_349_663) ^ (spot * 83_492_791) ^ (variation * 15_485_863)
    return int((mixed ^ (mixed >> 13)) * 1_274_126_177 >> 7 & 0xFFFF)


# --- the choice


@inlined
def _pop_most_urgent(
    slot: int, lines: Lines, gaps: Ints, progress: Progress, draft: DayDraft, queue: Queue, variation: int
) -> Choice:
    """Pop the released line with the earliest deadline whose next spot may begin in this slot.

    The line is out of the queue afterwards: the caller must place its spot or leave it, and then `_enqueue` it. All
    other lines are back in the queue. Two side effects besides: lines that are released by now move from `upcoming` to
    `ready`, and a capped line loses the spots of parts that are over (`_forfeit`).

    A spot that would make one late which is due before it, but is too near to another now, gives way to any that does
    not. Where all would, the first of them is taken after all, and said to delay.
    """
    while queue.upcoming.size[0] and queue.upcoming.keys[0] >> LINE_BITS <= slot:
        _enqueue(pop(queue.upcoming) & LINE_MASK, slot, progress, queue, variation)
    best, blocked, blocked_due, delaying = NO_LINE, NEVER, NEVER, -1
    while queue.ready.size[0] and best < 0:
        key = pop(queue.ready)
        line = key & LINE_MASK
        if lines.capped[line] and lines.parts[progress.part[line], END] <= slot:
            _forfeit(line, slot, lines, progress)
            _enqueue(line, slot, progress, queue, variation)
        elif not _fits(line, slot, lines, progress):
            _pass_over(key, queue)
        else:
            clear = clear_at(line, progress.piece[line], lines, gaps, draft.ends)
            if clear > slot:
                _pass_over(key, queue)
                if blocked == NEVER:
                    blocked, blocked_due = clear, progress.due[line]
            elif blocked < NEVER and _delays(slot, line, lines, gaps, progress, draft, queue):
                delaying = queue.passed_over.size[0] if delaying < 0 else delaying
                _pass_over(key, queue)
            else:
                best = line
    delays = best < 0 and delaying >= 0
    if delays:
        best = _remove_passed_over(delaying, queue)
    _restore_passed_over(queue, queue.ready)
    return Choice(best, delays, blocked, blocked_due)


@compiled
def _pop_ahead_of_release(
    slot: int, lines: Lines, gaps: Ints, progress: Progress, draft: DayDraft, queue: Queue
) -> int:
    """Pop the next line that may show a spot before its release, or NO_LINE; the caller must `_enqueue` it again.

    For slots in which all time is sold and no released spot may begin: an empty slot would be lost for good, while a
    spot of a part that has begun is only one spot ahead of its even course.
    """
    best = NO_LINE
    while queue.upcoming.size[0] and best < 0:
        key = pop(queue.upcoming)
        line = key & LINE_MASK
        fits = lines.parts[progress.part[line], FIRST] <= slot and _fits(line, slot, lines, progress)
        if fits and clear_at(line, progress.piece[line], lines, gaps, draft.ends) <= slot:
            best = line
        else:
            _pass_over(key, queue)
    _restore_passed_over(queue, queue.upcoming)
    return int(best)


@inlined
def _delays(slot: int, line: int, lines: Lines, gaps: Ints, progress: Progress, draft: DayDraft, queue: Queue) -> bool:
    """Whether the line's spot, begun here, would make one of those late that are too near to another now.

    All lines passed over have an earlier deadline. Each may begin once it is clear of what was shown; the new spot, if
    it is of the same group, would move that to the spot's end and the distance after it.
    """
    stop = slot + lines.pieces[progress.piece[line], LENGTH]
    for n in range(queue.passed_over.size[0]):
        other = int(queue.passed_over.keys[n] & LINE_MASK)
        clear = clear_at(other, progress.piece[other], lines, gaps, draft.ends)
        if slot < clear and stop + _gap_between(line, other, lines, gaps) > max(clear, progress.due[other]):
            return True
    return False


@inlined
def _gap_between(line: int, other: int, lines: Lines, gaps: Ints) -> int:
    """Slots of something else that must lie between spots of these two lines."""
    mine, others = lines.groups[line], lines.groups[other]
    if mine[ADVERTISER] < 0 or others[ADVERTISER] < 0:
        return 0
    apart = gaps[BY_ADVERTISER] if mine[ADVERTISER] == others[ADVERTISER] else 0
    same_category = mine[CATEGORY] >= 0 and mine[CATEGORY] == others[CATEGORY]
    return int(max(apart, gaps[BY_CATEGORY] if same_category else 0))


@inlined
def clear_at(line: int, piece: int, lines: Lines, gaps: Ints, ends: Ints) -> int:
    """The slot from which the piece keeps its distance to all that was shown. A takeover's spots follow each other."""
    advertiser, category = lines.groups[line, ADVERTISER], lines.groups[line, CATEGORY]
    if advertiser < 0:
        return LONG_AGO
    clear = max(ends[BY_PIECE, piece] + gaps[BY_PIECE], ends[BY_ADVERTISER, advertiser] + gaps[BY_ADVERTISER])
    if category >= 0:
        clear = max(clear, ends[BY_CATEGORY, category] + gaps[BY_CATEGORY])
    return int(clear)


@inlined
def _fits(line: int, slot: int, lines: Lines, progress: Progress) -> bool:
    """Whether the line's time continues without a break from this slot until its next spot's end.

    `fit_part` only moves forward, since slots do: over a day each line walks through its parts once.
    """
    last, stop = lines.part_of[line + 1], slot + lines.pieces[progress.piece[line], LENGTH]
    while progress.fit_part[line] < last and lines.parts[progress.fit_part[line], END] <= slot:
        progress.fit_part[line] += 1
    part = progress.fit_part[line]
    if part >= last or lines.parts[part, FIRST] > slot:
        return False
    while lines.parts[part, END] < stop:
        if part + 1 >= last or lines.parts[part + 1, FIRST] != lines.parts[part, END]:
            return False
        part += 1
    return True


# --- what a spot changes


@inlined
def _place_spot(slot: int, line: int, lines: Lines, progress: Progress, draft: DayDraft) -> int:
    """Begin the line's next spot in this slot; returns the slot after it."""
    piece = progress.piece[line]
    stop = slot + lines.pieces[piece, LENGTH]
    write_spot(slot, piece, lines, draft.slots, draft.starts)
    draft.ends[BY_PIECE, piece] = stop
    if lines.groups[line, ADVERTISER] >= 0:
        draft.ends[BY_ADVERTISER, lines.groups[line, ADVERTISER]] = stop
    if lines.groups[line, CATEGORY] >= 0:
        draft.ends[BY_CATEGORY, lines.groups[line, CATEGORY]] = stop
    count_showing(piece, lines)
    progress.spot[line] += 1
    _aim_at_next_spot(line, lines, progress)
    return int(stop)


@inlined
def write_spot(slot: int, piece: int, lines: Lines, slots: Words, starts: Bytes) -> None:
    """Write a spot of this piece into the slots from this one on."""
    stop = slot + lines.pieces[piece, LENGTH]
    slots[slot:stop] = piece + 1
    starts[slot:stop] = 0
    starts[slot] = 1


@inlined
def _aim_at_next_spot(line: int, lines: Lines, progress: Progress) -> None:
    """Set the creative, release and deadline of the line's next spot; NEVER if it owes no more.

    The deadlines of `Deadlines` are for a spot's end; `due` is for its beginning, so that it depends on the creative.
    """
    piece = next_piece(line, lines)
    progress.piece[line] = piece
    last = lines.part_of[line + 1]
    while progress.part[line] < last and progress.spot[line] >= lines.parts[progress.part[line], SPOTS]:
        progress.part[line] += 1
        progress.spot[line] = 0
    if progress.part[line] >= last:
        progress.release[line], progress.due[line] = NEVER, NEVER
        return
    deadlines = progress.deadlines
    spot = deadlines.spot_of[progress.part[line]] + progress.spot[line]
    progress.release[line] = deadlines.begin_of[spot]
    progress.due[line] = deadlines.end_of[spot] - lines.pieces[piece, LENGTH]


@compiled
def _forfeit(line: int, slot: int, lines: Lines, progress: Progress) -> None:
    """Drop the spots that a capped line is owed in parts that are over: later parts may not make them good."""
    while progress.part[line] < lines.part_of[line + 1] and lines.parts[progress.part[line], END] <= slot:
        progress.lost[line] += lines.parts[progress.part[line], SPOTS] - progress.spot[line]
        progress.part[line] += 1
        progress.spot[line] = 0
    _aim_at_next_spot(line, lines, progress)


@inlined
def next_piece(line: int, lines: Lines) -> int:
    """The creative furthest behind its weight; of equals the first."""
    best = lines.piece_of[line]
    for piece in range(lines.piece_of[line] + 1, lines.piece_of[line + 1]):
        if lines.lags[piece] > lines.lags[best]:
            best = piece
    return int(best)


@inlined
def count_showing(piece: int, lines: Lines) -> None:
    """Count one showing of this creative: every creative of the line gains its weight, this one pays all weights.

    That is smooth weighted round robin: the lags of a line's creatives keep the same sum.
    """
    line = lines.line_of[piece]
    for other in range(lines.piece_of[line], lines.piece_of[line + 1]):
        lines.lags[other] += lines.pieces[other, WEIGHT]
        lines.lags[piece] -= lines.pieces[other, WEIGHT]


@inlined
def _end_run(run: Ints) -> None:
    """End the run of house content, if one is going on: the next run begins with the next item."""
    if run[IS_RUNNING]:
        run[RUNS], run[SHOWINGS], run[IS_RUNNING] = run[RUNS] + 1, 0, 0


@compiled
def _count_unplaced(lines: Lines, progress: Progress) -> int:
    """Spots that the lines are still owed at the end of the day, and those that capped lines lost."""
    unplaced = 0
    for line in range(len(progress.part)):
        unplaced += progress.lost[line]
        for part in range(progress.part[line], lines.part_of[line + 1]):
            unplaced += lines.parts[part, SPOTS] - (progress.spot[line] if part == progress.part[line] else 0)
    return int(unplaced)
