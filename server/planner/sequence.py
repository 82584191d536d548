"""Put one day's lines in order: earliest deadline among the released, no two of one advertiser in a row.

When only the last advertiser's spots are released, another's may come up to one spot early; failing that, house
content separates them, out of unbooked time; failing that too, the advertiser follows itself.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from heapq import heappop, heappush

from media.daytable import HOUSE, OFF, DayTable
from server.planner.days import Range
from server.planner.owed import Line, Owed
from server.planner.problem import HouseItem, PlanCreative
from server.planner.runner import NEVER, HouseRunner, Runner

WHOLE_SHOWING = -1
SEPARATOR = -2


class Tape:
    """A day table in the making: off outside the open hours, house content until something is put there."""

    def __init__(self, slots: int, opened: Sequence[Range]) -> None:
        self.slots = array("H", [OFF]) * slots
        self.starts = bytearray(slots)
        self.items: dict[str, int] = {}
        for first, end in opened:
            self.slots[first:end] = array("H", [HOUSE]) * (end - first)

    def copy(self, table: DayTable, until: int) -> None:
        """Keep the first slots of a table as they are."""
        own = {index: self._index(table.items[index - 1]) for index in table.slots[:until] if HOUSE < index < OFF}
        self.slots[:until] = array("H", [own.get(index, index) for index in table.slots[:until]])
        self.starts[:until] = bytes(map(bool, table.starts[:until]))

    def put(self, slot: int, creative: PlanCreative) -> int:
        """Show a spot; returns the slot after it."""
        end = slot + creative.slots
        self.slots[slot:end] = array("H", [self._index(creative.item)]) * creative.slots
        self.starts[slot] = 1
        return end

    def _index(self, item: str) -> int:
        return self.items.setdefault(item, len(self.items) + 1)

    def table(self) -> DayTable:
        return DayTable(tuple(self.items), self.slots, bytes(self.starts))


class Queue:
    """Lines that wait for their release, and released ones by their deadline; ties go by the lines' order."""

    def __init__(self, runners: Sequence[Runner], *, at: int) -> None:
        self.runners = runners
        self.openings = sorted({first for runner in runners for first, _ in runner.line.ranges})
        self.waiting: list[tuple[int, int]] = []
        self.released: list[tuple[int, int]] = []
        for order in range(len(runners)):
            self.wait(order, at=at)

    def wait(self, order: int, *, at: int) -> None:
        """Queue a line again for its next spot, if it has one and anywhere to stand."""
        runner = self.runners[order]
        release = runner.room(max(at, runner.release)) if runner.left > 0 else NEVER
        if release < NEVER:
            heappush(self.waiting, (release, order))

    def advance(self, slot: int) -> None:
        """Release what may begin in this slot."""
        while self.waiting and self.waiting[0][0] <= slot:
            order = heappop(self.waiting)[1]
            heappush(self.released, (self.runners[order].due, order))

    def pop(self, slot: int, last: str) -> tuple[int | None, int | None]:
        """The most urgent released line of another advertiser, taken out; and of the last one, left in."""
        same: list[tuple[int, int]] = []
        found = None
        while self.released and found is None:
            due, order = heappop(self.released)
            if self.runners[order].room(slot) != slot:
                self.wait(order, at=slot)
            elif last and self.runners[order].line.advertiser == last:
                same.append((due, order))
            else:
                found = order
        for entry in same:
            heappush(self.released, entry)
        return found, same[0][1] if same else None

    def next_opening(self, slot: int, end: int) -> int:
        """Where anyone's hours begin next: house content gives way there, so that a spot which just fits can begin."""
        index = bisect_right(self.openings, slot)
        return min(self.openings[index], end) if index < len(self.openings) else end

    def put_back(self, order: int) -> None:
        heappush(self.released, (self.runners[order].due, order))

    def take_same(self, order: int) -> None:
        self.released = sorted(entry for entry in self.released if entry[1] != order)

    def take_early(self, slot: int, last: str) -> int | None:
        """Someone else's spot that may come ahead of its release, taken out of those that wait."""
        fit = [entry for entry in sorted(self.waiting) if self._may_come(entry[1], slot, last)]
        if not fit:
            return None
        self.waiting = sorted(entry for entry in self.waiting if entry != fit[0])
        return fit[0][1]

    def _may_come(self, order: int, slot: int, last: str) -> bool:
        runner = self.runners[order]
        return runner.line.advertiser != last and runner.may_come_early(slot) and runner.room(slot) == slot


def sequence(
    lines: Sequence[Line],
    owed: Owed,
    opened: Sequence[Range],
    *,
    slots: int,
    house: Sequence[HouseItem] = (),
    before: DayTable | None = None,
    until: int = 0,
    last: str = "",
) -> DayTable:
    """The day's table. Its first `until` slots are those of `before`; `last` is the advertiser shown before them."""
    tape = Tape(slots, opened)
    if before is not None:
        tape.copy(before, until)
    shown = shown_in(before, until) if before is not None else {}
    runners = [
        Runner(line, curve, until=until, shown=[shown.get(c.item, 0) for c in line.creatives])
        for line, curve in zip(lines, owed.lines, strict=True)
    ]
    queue = Queue(runners, at=until)
    filler = HouseRunner(house, owed.house, until=until, before=before)
    for first, end in opened:
        if end > until:
            last = _fill(tape, queue, filler, first=max(first, until), end=end, last=last if first <= until else "")
            filler.stop()
    return tape.table()


def _fill(tape: Tape, queue: Queue, filler: HouseRunner, *, first: int, end: int, last: str) -> str:
    """Fill one stretch in which the screen is on; returns the advertiser shown last."""
    slot = first
    while slot < end:
        order = _choose(queue, filler, slot, last)
        if order in (WHOLE_SHOWING, SEPARATOR):
            limit = slot + 1 if order == SEPARATOR else queue.next_opening(slot, end)
            slot, last = filler.take(slot, limit), ""
            continue
        filler.stop()
        runner = queue.runners[order]
        slot, last = tape.put(slot, runner.take()), runner.line.advertiser
        queue.wait(order, at=slot)
    return last


def _choose(queue: Queue, filler: HouseRunner, slot: int, last: str) -> int:
    """The order of the line whose spot begins in this slot, or how house content fills it."""
    queue.advance(slot)
    found, same = queue.pop(slot, last)
    if filler.is_released(slot) and (found is None or filler.due < queue.runners[found].due):
        if found is not None:
            queue.put_back(found)
        return WHOLE_SHOWING
    if found is not None:
        return found
    return WHOLE_SHOWING if same is None else _separate(queue, filler, slot, last, same)


def _separate(queue: Queue, filler: HouseRunner, slot: int, last: str, same: int) -> int:
    """What comes between two of one advertiser. House content takes no more than a slot for it: the rest is owed."""
    early = queue.take_early(slot, last)
    if early is not None:
        return early
    if filler.may_separate(slot):
        return SEPARATOR
    queue.take_same(same)
    return same


def shown_in(table: DayTable, until: int) -> dict[str, int]:
    """How often each item begins in the first slots of a table."""
    times: dict[str, int] = {}
    for slot in range(until):
        item = table.item_at(slot) if table.starts[slot] else None
        if item is not None:
            times[item] = times.get(item, 0) + 1
    return times
