"""A line, and house content, on their way through a day: what each has had, and what comes next of it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from media.daytable import HOUSE, DayTable
from server.planner.owed import Curve, Line
from server.planner.problem import HouseItem, PlanCreative

# A change in the middle of a day forgives or repays at most so many spots, so that it causes no burst.
MOST_CARRIED = 2
NEVER = 1 << 30


class Rota:
    """Which creative of a line comes next: the one furthest behind its weight."""

    def __init__(self, creatives: Sequence[PlanCreative], shown: Sequence[int]) -> None:
        self.creatives = creatives
        self.total = total = sum(creative.weight for creative in creatives)
        behind = (c.weight * sum(shown) - total * times for c, times in zip(creatives, shown, strict=True))
        self.lags = [min(max(lag, -total), total) for lag in behind]
        self._rise()

    @property
    def next(self) -> int:
        return self.lags.index(max(self.lags))

    def take(self) -> None:
        self.lags[self.next] -= self.total
        self._rise()

    def _rise(self) -> None:
        self.lags = [lag + creative.weight for lag, creative in zip(self.lags, self.creatives, strict=True)]


class Runner:
    """Spot k of a line is released once more than k spots are owed, and due when k + 1 are."""

    def __init__(self, line: Line, curve: Curve, *, until: int, shown: Sequence[int]) -> None:
        self.line, self.curve, self.unit = line, curve, curve.unit
        self.rota = Rota(line.creatives, shown)
        owing = curve.at(until) - sum(shown) * self.unit
        self.done = curve.at(until) - min(max(owing, -MOST_CARRIED * self.unit), MOST_CARRIED * self.unit)
        self.left = max(0, (curve.whole - self.done + self.unit // 2) // self.unit)
        self.due_at_once = line.urgent and not any(shown)
        self.range_ends = [end for _, end in line.ranges]
        self.next = line.creatives[self.rota.next]

    @property
    def due(self) -> int:
        """By when the next spot should have been shown."""
        reached = self.curve.reaching(self.done + self.unit)
        return 0 if self.due_at_once else NEVER if reached is None else reached

    @property
    def release(self) -> int:
        """The first slot in which the next spot may begin."""
        reached = self.curve.reaching(self.done + 1)
        return NEVER if reached is None else reached - 1

    def may_come_early(self, slot: int) -> bool:
        """One spot ahead of what is owed, and no more."""
        return self.curve.at(slot + 1) > self.done - self.unit

    def room(self, slot: int) -> int:
        """The first slot from here on at which the next spot fits into the line's hours."""
        for first, end in self.line.ranges[bisect_right(self.range_ends, slot) :]:
            if max(first, slot) + self.next.slots <= end:
                return max(first, slot)
        return NEVER

    def take(self) -> PlanCreative:
        """The next spot; the line has had one more."""
        taken = self.next
        self.rota.take()
        self.done, self.left, self.due_at_once = self.done + self.unit, self.left - 1, False
        self.next = self.line.creatives[self.rota.next]
        return taken


class HouseRunner:
    """House content takes part with the time that nobody booked, in showings as long as those that readers will see.

    Run k begins with house item k and goes on in order (media/timeline.py), so the length of a showing depends on both.
    """

    def __init__(self, items: Sequence[HouseItem], curve: Curve, *, until: int, before: DayTable | None) -> None:
        self.lengths = [item.slots for item in items] or [1]
        self.exists = bool(items)
        self.curve, self.unit = curve, curve.unit
        self.done = curve.at(until)
        self.runs, self.place = 0, 0
        self.running = False
        if before is not None and until:
            self._go_on_from(before, until)

    def _go_on_from(self, table: DayTable, until: int) -> None:
        self.runs = table.house_runs_before(until - 1)
        if table.slots[until - 1] != HOUSE:
            return
        slot, self.running = table.run_at(until - 1)[0], True
        while slot < until:
            slot += self.slots
            self.place += 1

    @property
    def slots(self) -> int:
        """How many slots the next showing takes."""
        return self.lengths[(self.runs + self.place) % len(self.lengths)]

    @property
    def due(self) -> int:
        reached = self.curve.reaching(self.done + self.slots * self.unit)
        return NEVER if reached is None else reached

    def is_released(self, slot: int) -> bool:
        return self.curve.at(slot + 1) > self.done

    def may_separate(self, slot: int) -> bool:
        """Only time that nobody booked separates; where all is sold, what was bought comes first."""
        return self.exists and self.curve.at(slot + 1) > self.curve.at(slot)

    def take(self, slot: int, limit: int) -> int:
        """The end of a showing that begins in this slot."""
        end = min(slot + self.slots, limit)
        self.done += (end - slot) * self.unit
        self.place, self.running = self.place + 1, True
        return end

    def stop(self) -> None:
        """Something else is shown, or the screen is off: the next house run begins with the next item."""
        if self.running:
            self.runs, self.place, self.running = self.runs + 1, 0, False
