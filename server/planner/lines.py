"""A screen's day as lines for the sequencer: bookings with what they were allotted, notices with what is reserved."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

import numpy as np

from media.daytable import DayTable
from server.planner.days import HOUR_MS, Range, both
from server.planner.problem import Allotted, Booking, Notice, Part, PlanCreative, PlanScreen, ScreenDay, Why

# A change in the middle of a day forgives or repays at most so many spots, so that it causes no burst.
MOST_CARRIED = 2


@dataclass(frozen=True)
class Cap:
    """Most spots that may begin in an hour. The parts of a capped line do not cross hours."""

    hourly: int
    slot_ms: int

    def hour(self, slot: int) -> int:
        return slot * self.slot_ms // HOUR_MS


@dataclass(frozen=True)
class Line:
    """Spots that are owed in parts of a day. A line of the venue's own has no booking."""

    id: str
    advertiser: str
    category: str
    creatives: tuple[PlanCreative, ...]
    parts: tuple[Part, ...]
    wanted: int
    why: Why = ""
    urgent: bool = False
    cap: Cap | None = None

    @cached_property
    def mean_slots(self) -> Fraction:
        weights = sum(creative.weight for creative in self.creatives)
        return Fraction(sum(creative.weight * creative.slots for creative in self.creatives), weights)


def lines_of(screen: PlanScreen, screen_day: ScreenDay, bookings: Mapping[str, Booking], slot_ms: int) -> list[Line]:
    """Bookings in the order of their ids, then notices in what is left of the venue's own time."""
    sold = [
        _booked(bookings[one.booking], one, slot_ms) for one in sorted(screen_day.allotted, key=lambda one: one.booking)
    ]
    ranges = [_notice_ranges(notice, screen_day, slot_ms) for notice in screen.notices]
    due = [(notice, mine) for notice, mine in zip(screen.notices, ranges, strict=True) if mine]
    rests = rests_of(sold, screen_day.open, [mine for _, mine in due]) if due else []
    shares = [_notice_parts(notice, mine, [r for _, r in due], rests, screen.reserved) for notice, mine in due]
    notices = [
        Line("", notice.item, "", (PlanCreative(notice.item, 1, notice.slots),), parts,
             wanted=sum(part[2] for part in parts), urgent=notice.fresh or notice.from_ms >= screen_day.day.starts_ms)
        for (notice, _), parts in zip(due, shares, strict=True)
    ]  # fmt: skip
    return [*sold, *notices]


def _booked(booking: Booking, allotted: Allotted, slot_ms: int) -> Line:
    apart = ("", "") if booking.takes_over else (booking.advertiser, booking.category)
    cap = Cap(booking.hourly, slot_ms) if booking.hourly is not None else None
    return Line(booking.id, *apart, booking.creatives, allotted.parts, allotted.wanted, allotted.why, cap=cap)


@dataclass(frozen=True)
class Rest:
    """A stretch of slots, and how many of them nobody bought."""

    first: int
    end: int
    spare: Fraction


def rests_of(lines: Sequence[Line], opened: Iterable[Range], more: Iterable[Iterable[Range]] = ()) -> list[Rest]:
    """The time in which the screen is on, cut wherever anyone's time begins or ends."""
    opened = tuple(opened)
    edges = {edge for line in lines for first, end, _ in line.parts for edge in (first, end)}
    edges |= {edge for ranges in (opened, *more) for pair in ranges for edge in pair}
    cuts = [(first, end) for first, end in pairwise(sorted(edges)) if _covers(opened, first)]
    firsts = [first for first, _ in cuts]
    sold = [Fraction(0)] * len(cuts)
    whole = [0] * len(cuts)  # apart from the rest, for whole numbers are added much faster
    for line in lines:
        mean = line.mean_slots
        for first, end, spots in line.parts:
            for n in range(bisect_right(firsts, first) - 1, bisect_right(firsts, end - 1)) if spots else ():
                if cuts[n] == (first, end) and mean.denominator == 1:
                    whole[n] += spots * mean.numerator
                else:
                    sold[n] += spots * mean * Fraction(cuts[n][1] - cuts[n][0], end - first)
    sold = [slots + more for slots, more in zip(sold, whole, strict=True)]
    spare = (max(Fraction(0), end - first - slots) for (first, end), slots in zip(cuts, sold, strict=True))
    return [Rest(*cut, slots) for cut, slots in zip(cuts, spare, strict=True)]


def _notice_ranges(notice: Notice, screen_day: ScreenDay, slot_ms: int) -> tuple[Range, ...]:
    """A notice's time on a day, where it fits whole."""
    day = screen_day.day
    first = max(0, -(-(notice.from_ms - day.starts_ms) // slot_ms))
    end = day.whole_slots(slot_ms)
    if notice.until_ms is not None:
        end = min(end, (notice.until_ms - day.starts_ms) // slot_ms)
    ranges = both(screen_day.open, [(first, end)] if first < end else [])
    return tuple((a, b) for a, b in ranges if b - a >= notice.slots)


def _notice_parts(
    notice: Notice, mine: Sequence[Range], all_: Sequence[Sequence[Range]], rests: Sequence[Rest], reserved: Fraction
) -> tuple[Part, ...]:
    """The notices that run share what is reserved for them, or what is left of it; a range has whole spots."""
    parts: list[Part] = []
    owed = given = Fraction(0)
    for first, end in mine:
        for rest in rests:
            if first <= rest.first < end:
                running = sum(1 for ranges in all_ if _covers(ranges, rest.first))
                owed += min(reserved * (rest.end - rest.first), rest.spare) / running / notice.slots
        spots = int(owed - given + Fraction(1, 2))
        given += spots
        parts.append((first, end, spots))
    return tuple(parts)


def remaining(line: Line, before: DayTable | None, until: int) -> Line:
    """What the line is owed from this slot on, given what the day has shown of it before."""
    if not until:
        return line
    mine = {creative.item for creative in line.creatives}
    shown = begins_of(mine, before, until) if before is not None else []
    parts, owing = [], 0
    for first, end, spots in line.parts:
        had = sum(1 for slot in shown if first <= slot < end)
        if end <= until:
            owing += spots - had
            continue
        at = max(first, until)
        due = Fraction(spots * (end - at), end - first)
        # What the earlier parts are behind or ahead by is made good here, and no more than would make no burst.
        left = min(max(Fraction(spots - had + owing), due - MOST_CARRIED), due + MOST_CARRIED)
        parts.append((at, end, max(0, int(left + Fraction(1, 2)))))
        owing = 0
    if line.cap is not None:
        parts = _within_cap(line.cap, line.parts, shown, until)
    return replace(line, parts=tuple(parts), urgent=line.urgent and not shown)


def _within_cap(cap: Cap, parts: Iterable[Part], shown: Iterable[int], until: int) -> list[Part]:
    """What is left of each part. Nothing is made good elsewhere, and what an hour has shown counts against its cap."""
    left: list[Part] = []
    used = Counter(cap.hour(slot) for slot in shown)
    for first, end, spots in parts:
        if end > until:
            hour, had = cap.hour(first), sum(1 for slot in shown if first <= slot < end)
            due = max(0, min(spots - had, cap.hourly - used[hour]))
            used[hour] += due
            left.append((max(first, until), end, due))
    return left


def begins_of(items: set[str], table: DayTable, until: int) -> list[int]:
    """The slots before `until` in which spots of these items begin."""
    numbers = [n for n, item in enumerate(table.items, 1) if item in items]
    mine = np.isin(np.asarray(table.slots[:until]), numbers) & np.frombuffer(bytes(table.starts[:until]), bool)
    return [int(slot) for slot in np.flatnonzero(mine)]


def _covers(ranges: Sequence[Range], slot: int) -> bool:
    index = bisect_right(ranges, (slot, 1 << 60)) - 1
    return index >= 0 and slot < ranges[index][1]
