"""One screen's day, slot by slot: which line's spot begins where. The loops of the sequencer, in integers.

A line is owed a whole number of spots in each of its parts of the day. Spot k of q in a part of n slots is released
once more than k spots are owed, and due when k + 1 are: the earliest deadline among the released keeps every prefix
within one spot of what is owed (chairman assignment, R. Tijdeman, Discrete Mathematics 32 (1980) 323-330; for unequal
lengths within the longest spot, arXiv 2511.18546). Separation is a filter on top of it, and deadlines leave
room for it (deadlines.py), as a spot does that can wait and would keep out one of its group that cannot: measured, not
proven, the bound then holds as long as groups have headroom, and the allotment leaves them some.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.model.compiled import Bytes, Ints, Words, compiled, inlined
from server.planner.sequence.columns import HOUSE, LONG_AGO, NEVER, NO_LINE, Lines
from server.planner.sequence.deadlines import Deadlines
from server.planner.sequence.heap import Heap, heap_of, pop, push

# A heap's key is a slot and a line, so that of equals the first line comes first.
LINE_BITS = 24
LINE_MASK = (1 << LINE_BITS) - 1
MOST_PUT_OFF = 8


class Tape(NamedTuple):
    """A day in the making; changed.

    slots (N,): 0 for house content, 65535 for off, else a piece's number and one · starts (N,): where spots begin
    ends (3, G): where the last showing of each piece, advertiser and category ended
    """

    slots: Words
    starts: Bytes
    ends: Ints


class House(NamedTuple):
    """House content: lengths (H,) in turn; at (3,): runs so far, showings of the run that goes on, whether one does.

    rests (R, 3): where the screen is on: first slot, end, and slots that nobody is owed
    """

    lengths: Ints
    at: Ints
    rests: Ints


class Course(NamedTuple):
    """How far each line is (L,): its part, spots shown of it, when the next is released and due, and its creative.

    deadlines: of all spots · lost: spots that a cap let nobody show later
    """

    deadlines: Deadlines
    part: Ints
    spot: Ints
    lost: Ints
    release: Ints
    due: Ints
    piece: Ints
    room: Ints


class Queue(NamedTuple):
    """The lines that owe spots: those that are released by when they are due, the others by when they will be."""

    ready: Heap
    coming: Heap
    passed_over: Heap


@compiled
def fill(start: int, lines: Lines, due: Deadlines, gaps: Ints, house: House, tape: Tape, shake: int) -> int:
    """Fill the tape from `start` on; returns how many spots found no place.

    due: by when spots should have ended · gaps: as in `deadlines`
    shake: 0, or the number of a chance by which deadlines are put off some slots. Where distances leave few choices,
    the earliest deadline alone may go round in a circle in which one line is always early and others always late.
    """
    course = _begin(lines, due)
    count = len(course.due)
    queue = Queue(heap_of(count), heap_of(count), heap_of(count))
    for line in range(count):
        _wait(line, start, course, queue, shake)
    openings = np.unique(lines.parts[:, 0][lines.parts[:, 2] > 0])
    run, slot = house.at.copy(), start
    for rest in range(len(house.rests)):
        first, end, spare = house.rests[rest, 0], house.rests[rest, 1], np.int64(house.rests[rest, 2])
        slot = max(slot, first)  # a spot may reach over from the rest before
        rested = spare * (slot - first) // (end - first)
        while slot < end:
            line, delays, blocked, blocked_due = _most_urgent(slot, lines, gaps, course, tape, queue, shake)
            owes_rest = spare * (slot + 1 - first) > rested * (end - first)
            showing = house.lengths[(run[0] + run[1]) % len(house.lengths)]
            if line >= 0 and owes_rest:
                # House content takes its turn by its deadline: what nobody bought is spread, not left for the end.
                rest_due = first - (-(rested + showing) * (end - first) // spare) - showing
                if delays or rest_due < course.due[line]:
                    _wait(line, slot, course, queue, shake)
                    line = NO_LINE
            if line < 0 and not owes_rest:
                line = _early(slot, lines, gaps, course, tape, queue)
            if line >= 0:
                _stop_run(run)
                slot = _show(slot, line, lines, course, tape)
                _wait(line, slot, course, queue, shake)
            else:
                # It gives way to a spot that would be late, as soon as that is clear of what it must keep from, and
                # where anyone's time begins, so that a spot which just fits there can begin.
                cut = max(slot + 1, blocked) if blocked_due < slot + showing else NEVER
                opening = np.searchsorted(openings, slot, "right")
                if opening < len(openings):
                    cut = min(cut, openings[opening])
                stop = min(end, slot + showing, cut)
                tape.slots[slot:stop] = HOUSE
                tape.starts[slot:stop] = 0
                run[1], run[2] = run[1] + 1, 1
                rested, slot = rested + stop - slot, stop
        _stop_run(run)
    return _unplaced(lines, course)


@compiled
def _begin(lines: Lines, due: Deadlines) -> Course:
    count = len(lines.part_of) - 1
    first = lines.part_of[:-1]
    course = Course(
        due, first.copy(), np.zeros(count, np.int32), np.zeros(count, np.int32), np.empty(count, np.int32),
        np.empty(count, np.int32), np.empty(count, np.int32), first.copy(),
    )  # fmt: skip
    for line in range(count):
        _aim(line, lines, course)
        if lines.urgent[line] and course.release[line] < NEVER:
            course.due[line] = LONG_AGO
    return course


@inlined
def _wait(line: int, slot: int, course: Course, queue: Queue, shake: int) -> None:
    """The line takes its place among those that are released, or those that are not yet."""
    if course.release[line] <= slot:
        due = np.int64(course.due[line])
        if shake:
            reach = 1 + (shake - 1) % MOST_PUT_OFF
            due += _mixed(line, course.part[line], course.spot[line], shake) % (reach + 1)
        push(queue.ready, (due << LINE_BITS) + line)
    elif course.release[line] < NEVER:
        push(queue.coming, (np.int64(course.release[line]) << LINE_BITS) + line)


@inlined
def _pass_over(key: int, queue: Queue) -> None:
    queue.passed_over.keys[queue.passed_over.size[0]] = key
    queue.passed_over.size[0] += 1


@inlined
def _take_back(place: int, queue: Queue) -> int:
    """Of those passed over this line comes after all."""
    keys, size = queue.passed_over.keys, queue.passed_over.size
    line, size[0] = keys[place] & LINE_MASK, size[0] - 1
    keys[place] = keys[size[0]]
    return int(line)


@inlined
def _put_back(queue: Queue, heap: Heap) -> None:
    for n in range(queue.passed_over.size[0]):
        push(heap, queue.passed_over.keys[n])
    queue.passed_over.size[0] = 0


@inlined
def _mixed(line: int, part: int, spot: int, shake: int) -> int:
    """A number that looks like chance and is the same everywhere."""
    mixed = (line * 73_856_093) ^ (part * 19_349_663) ^ (spot * 83_492_791) ^ (shake * 15_485_863)
    return int((mixed ^ (mixed >> 13)) * 1_274_126_177 >> 7 & 0xFFFF)


@inlined
def _most_urgent(
    slot: int, lines: Lines, gaps: Ints, course: Course, tape: Tape, queue: Queue, shake: int
) -> tuple[int, bool, int, int]:
    """Takes the released line that is due first and may stand here; and of those too near to another: when, and due.

    Of equals the first. A spot that would make one late which is due before it gives way, to any that does not; where
    there is none it is taken, and said to delay.
    """
    while queue.coming.size[0] and queue.coming.keys[0] >> LINE_BITS <= slot:
        _wait(pop(queue.coming) & LINE_MASK, slot, course, queue, shake)
    best, blocked, blocked_due, delaying = NO_LINE, NEVER, NEVER, -1
    while queue.ready.size[0] and best < 0:
        key = pop(queue.ready)
        line = key & LINE_MASK
        if lines.capped[line] and lines.parts[course.part[line], 1] <= slot:
            _forfeit(line, slot, lines, course)
            _wait(line, slot, course, queue, shake)
        elif not _fits(line, slot, lines, course):
            _pass_over(key, queue)
        else:
            clear = clear_at(line, course.piece[line], lines, gaps, tape.ends)
            if clear > slot:
                _pass_over(key, queue)
                if blocked == NEVER:
                    blocked, blocked_due = clear, course.due[line]
            elif blocked < NEVER and _delays(slot, line, lines, gaps, course, tape, queue):
                delaying = queue.passed_over.size[0] if delaying < 0 else delaying
                _pass_over(key, queue)
            else:
                best = line
    delays = best < 0 and delaying >= 0
    if delays:
        best = _take_back(delaying, queue)
    _put_back(queue, queue.ready)
    return best, delays, blocked, blocked_due


@inlined
def _delays(slot: int, line: int, lines: Lines, gaps: Ints, course: Course, tape: Tape, queue: Queue) -> bool:
    """Would the line's spot, if it began here, make one of those late that are too near to another now?"""
    stop = slot + lines.pieces[course.piece[line], 1]
    for n in range(queue.passed_over.size[0]):
        other = int(queue.passed_over.keys[n] & LINE_MASK)
        clear = clear_at(other, course.piece[other], lines, gaps, tape.ends)
        if slot < clear and stop + _apart(line, other, lines, gaps) > max(clear, course.due[other]):
            return True
    return False


@inlined
def _apart(line: int, other: int, lines: Lines, gaps: Ints) -> int:
    """Slots of something else that two lines' spots must have between them."""
    mine, others = lines.groups[line], lines.groups[other]
    if mine[0] < 0 or others[0] < 0:
        return 0
    apart = gaps[1] if mine[0] == others[0] else 0
    return int(max(apart, gaps[2] if mine[1] >= 0 and mine[1] == others[1] else 0))


@compiled
def _forfeit(line: int, slot: int, lines: Lines, course: Course) -> None:
    """What a capped line was owed of parts that are over is not made good in later ones."""
    while course.part[line] < lines.part_of[line + 1] and lines.parts[course.part[line], 1] <= slot:
        course.lost[line] += lines.parts[course.part[line], 2] - course.spot[line]
        course.part[line] += 1
        course.spot[line] = 0
    _aim(line, lines, course)


@compiled
def _early(slot: int, lines: Lines, gaps: Ints, course: Course, tape: Tape, queue: Queue) -> int:
    """Where all time is sold and nothing released may stand: takes the next that may, one spot ahead in its part."""
    best = NO_LINE
    while queue.coming.size[0] and best < 0:
        key = pop(queue.coming)
        line = key & LINE_MASK
        may = lines.parts[course.part[line], 0] <= slot and _fits(line, slot, lines, course)
        if may and clear_at(line, course.piece[line], lines, gaps, tape.ends) <= slot:
            best = line
        else:
            _pass_over(key, queue)
    _put_back(queue, queue.coming)
    return int(best)


@inlined
def _show(slot: int, line: int, lines: Lines, course: Course, tape: Tape) -> int:
    """Put the line's next spot here; returns the slot after it."""
    piece = course.piece[line]
    stop = slot + lines.pieces[piece, 1]
    put(slot, piece, lines, tape.slots, tape.starts)
    tape.ends[0, piece] = stop
    if lines.groups[line, 0] >= 0:
        tape.ends[1, lines.groups[line, 0]] = stop
    if lines.groups[line, 1] >= 0:
        tape.ends[2, lines.groups[line, 1]] = stop
    take(piece, lines)
    course.spot[line] += 1
    _aim(line, lines, course)
    return int(stop)


@inlined
def put(slot: int, piece: int, lines: Lines, slots: Words, starts: Bytes) -> None:
    """A spot of this piece stands here."""
    stop = slot + lines.pieces[piece, 1]
    slots[slot:stop] = piece + 1
    starts[slot:stop] = 0
    starts[slot] = 1


@inlined
def _aim(line: int, lines: Lines, course: Course) -> None:
    """What comes next of the line, when it may begin, and when it should at the latest."""
    piece = next_piece(line, lines)
    course.piece[line] = piece
    last = lines.part_of[line + 1]
    while course.part[line] < last and course.spot[line] >= lines.parts[course.part[line], 2]:
        course.part[line] += 1
        course.spot[line] = 0
    if course.part[line] >= last:
        course.release[line], course.due[line] = NEVER, NEVER
        return
    due = course.deadlines
    spot = due.spot_of[course.part[line]] + course.spot[line]
    course.release[line], course.due[line] = due.begin_of[spot], due.end_of[spot] - lines.pieces[piece, 1]


@inlined
def next_piece(line: int, lines: Lines) -> int:
    """The creative furthest behind its weight; of equals the first."""
    best = lines.piece_of[line]
    for piece in range(lines.piece_of[line] + 1, lines.piece_of[line + 1]):
        if lines.lags[piece] > lines.lags[best]:
            best = piece
    return int(best)


@inlined
def take(piece: int, lines: Lines) -> None:
    """This creative has been shown once more: the others of its line come nearer."""
    line = lines.line_of[piece]
    for other in range(lines.piece_of[line], lines.piece_of[line + 1]):
        lines.lags[other] += lines.pieces[other, 2]
        lines.lags[piece] -= lines.pieces[other, 2]


@inlined
def clear_at(line: int, piece: int, lines: Lines, gaps: Ints, ends: Ints) -> int:
    """From when on nothing that must be kept apart is too near. Who takes over follows itself."""
    advertiser, category = lines.groups[line, 0], lines.groups[line, 1]
    if advertiser < 0:
        return LONG_AGO
    clear = max(ends[0, piece] + gaps[0], ends[1, advertiser] + gaps[1])
    if category >= 0:
        clear = max(clear, ends[2, category] + gaps[2])
    return int(clear)


@inlined
def _fits(line: int, slot: int, lines: Lines, course: Course) -> bool:
    """Does the line's time go on without a break from this slot until its next spot's end?"""
    last, stop = lines.part_of[line + 1], slot + lines.pieces[course.piece[line], 1]
    while course.room[line] < last and lines.parts[course.room[line], 1] <= slot:
        course.room[line] += 1
    part = course.room[line]
    if part >= last or lines.parts[part, 0] > slot:
        return False
    while lines.parts[part, 1] < stop:
        if part + 1 >= last or lines.parts[part + 1, 0] != lines.parts[part, 1]:
            return False
        part += 1
    return True


@inlined
def _stop_run(run: Ints) -> None:
    """The next run of house content begins with the next item."""
    if run[2]:
        run[0], run[1], run[2] = run[0] + 1, 0, 0


@compiled
def _unplaced(lines: Lines, course: Course) -> int:
    left = 0
    for line in range(len(course.part)):
        left += course.lost[line]
        for part in range(course.part[line], lines.part_of[line + 1]):
            left += lines.parts[part, 2] - (course.spot[line] if part == course.part[line] else 0)
    return int(left)
