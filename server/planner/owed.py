"""What each line of a day is owed: exact, cumulative, slot by slot.

A line is a booking or a notice on one screen-day. Where the shares of all lines exceed the time, bookings are
scaled down alike; what notices reserve is taken first, and only while a notice runs.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import lcm

from server.planner.days import Range, both, ranges_within
from server.planner.problem import Booking, Notice, PlanCreative, PlanScreen, ScreenDay


@dataclass(frozen=True)
class Line:
    """What a day holds of a booking: `rate` spots a slot over `owed_in`, `booked` in all, standing in `ranges`.

    A notice has no rate of its own: all notices share what is reserved for them.
    """

    id: str
    advertiser: str
    creatives: tuple[PlanCreative, ...]
    owed_in: tuple[Range, ...]
    ranges: tuple[Range, ...]
    rate: Fraction | None
    booked: Fraction = Fraction(0)
    urgent: bool = False

    @property
    def mean_slots(self) -> Fraction:
        """Slots of a spot, on the average of the creatives' weights."""
        weights = sum(creative.weight for creative in self.creatives)
        return Fraction(sum(creative.weight * creative.slots for creative in self.creatives), weights)


@dataclass(frozen=True)
class Curve:
    """A cumulative amount over slots, linear between `knots`; `unit` parts make one whole, so that all is exact."""

    unit: int
    knots: tuple[int, ...]
    totals: tuple[int, ...]
    rates: tuple[int, ...]

    def at(self, slot: int) -> int:
        """Parts that have come up by the beginning of this slot."""
        index = bisect_right(self.knots, slot) - 1
        if index < 0:
            return 0
        return self.totals[index] + self.rates[index] * (slot - self.knots[index])

    def reaching(self, parts: int) -> int | None:
        """The first slot by whose beginning so many parts have come up; None if they never do."""
        index = bisect_left(self.totals, parts)
        if index >= len(self.totals):
            return None
        if index == 0:
            return self.knots[0]
        return self.knots[index - 1] + -(-(parts - self.totals[index - 1]) // self.rates[index - 1])

    @property
    def whole(self) -> int:
        return self.totals[-1]


@dataclass(frozen=True)
class Owed:
    """The curves of a day: spots for each line, slots for house content."""

    lines: tuple[Curve, ...]
    house: Curve


def lines_of(screen: PlanScreen, screen_day: ScreenDay, bookings: dict[str, Booking], slot_ms: int) -> list[Line]:
    """Bookings in the order of their ids, then notices."""
    flights = [bookings[id_] for id_ in sorted(set(screen.bookings))]
    on = screen_day.day.on
    lines = [
        line
        for booking in flights
        if booking.starts_on <= on <= booking.ends_on
        for line in _booking_line(booking, screen_day, slot_ms)
    ]
    notices = [notice_line(notice, screen_day, slot_ms) for notice in screen.notices]
    return [*lines, *(line for line in notices if line.ranges)]


def _booking_line(booking: Booking, screen_day: ScreenDay, slot_ms: int) -> list[Line]:
    """Nothing on a day that has none of the booking's hours."""
    day = screen_day.day
    hours = ranges_within(day, booking.dayparts, slot_ms)
    opened = both(both(screen_day.open, hours), [(0, day.whole_slots(slot_ms))])
    since = max(0, -(-(booking.since_ms - day.starts_ms) // slot_ms))
    if not hours or since >= hours[-1][1]:
        return []
    owed_in = both(opened, [(since, day.slots(slot_ms))])
    longest = max(creative.slots for creative in booking.creatives)
    ranges = tuple((first, end) for first, end in owed_in if end - first >= longest)
    line = Line(booking.id, booking.advertiser, booking.creatives, owed_in=owed_in, ranges=ranges, rate=None)
    return [_promised(line, booking, opened)]


def _promised(line: Line, booking: Booking, opened: Sequence[Range]) -> Line:
    if not opened:
        plays = booking.goal if booking.goal_kind == "plays_per_day" else Fraction(0)
        return replace(line, rate=Fraction(0), booked=plays)
    share = booking.goal / 100 / line.mean_slots
    rate = share if booking.goal_kind == "share" else booking.goal / length_of(opened)
    return replace(line, rate=rate, booked=rate * length_of(line.owed_in))


def notice_line(notice: Notice, screen_day: ScreenDay, slot_ms: int) -> Line:
    """A notice keeps its distance only to itself; one that begins today, or was never shown, is due at once."""
    day = screen_day.day
    first = max(0, -(-(notice.from_ms - day.starts_ms) // slot_ms))
    end = day.whole_slots(slot_ms)
    if notice.until_ms is not None:
        end = min(end, (notice.until_ms - day.starts_ms) // slot_ms)
    ranges = both(screen_day.open, [(first, end)] if first < end else [])
    return Line(
        id="",
        advertiser=notice.item,
        creatives=(PlanCreative(notice.item, 1, notice.slots),),
        owed_in=ranges,
        ranges=tuple((a, b) for a, b in ranges if b - a >= notice.slots),
        rate=None,
        urgent=notice.fresh or notice.from_ms >= day.starts_ms,
    )


def owed(lines: Sequence[Line], opened: Sequence[Range], reserved: Fraction) -> Owed:
    """Cut the day where any line's hours begin or end, and share the time of each segment."""
    edges = sorted({edge for line in lines for pair in line.ranges for edge in pair} | {e for o in opened for e in o})
    steps: list[list[tuple[int, int, Fraction]]] = [[] for _ in lines]
    house: list[tuple[int, int, Fraction]] = []
    for first, end in pairwise(edges):
        if not _covers(opened, first):
            continue
        rates = _segment_rates([line if _covers(line.ranges, first) else None for line in lines], reserved)
        for step, rate in zip(steps, rates, strict=True):
            if rate:
                step.append((first, end, rate))
        taken = sum((rate * line.mean_slots for rate, line in zip(rates, lines, strict=True) if rate), Fraction(0))
        house.append((first, end, 1 - taken))
    return Owed(tuple(map(_curve, steps)), _curve(house))


def _segment_rates(active: Sequence[Line | None], reserved: Fraction) -> list[Fraction]:
    notices = sum(1 for line in active if line and line.rate is None)
    wanted = sum((line.rate * line.mean_slots for line in active if line and line.rate is not None), Fraction(0))
    room = 1 - reserved if notices else Fraction(1)
    scale = min(Fraction(1), room / wanted) if wanted else Fraction(1)
    return [_rate(line, scale, reserved / max(1, notices)) if line else Fraction(0) for line in active]


def _rate(line: Line, scale: Fraction, notice_share: Fraction) -> Fraction:
    return notice_share / line.mean_slots if line.rate is None else line.rate * scale


def _covers(ranges: Sequence[Range], slot: int) -> bool:
    index = bisect_right(ranges, (slot, 1 << 60)) - 1
    return index >= 0 and slot < ranges[index][1]


def _curve(steps: Sequence[tuple[int, int, Fraction]]) -> Curve:
    """Knots where the rate changes; a gap between steps is a stretch with rate 0."""
    unit = lcm(*(rate.denominator for _, _, rate in steps))
    knots, totals, rates = [0], [0], [0]
    for first, end, rate in steps:
        parts = rate.numerator * (unit // rate.denominator)
        if first == knots[-1]:
            rates[-1] = parts
        else:
            knots, totals, rates = [*knots, first], [*totals, totals[-1]], [*rates, parts]
        knots, totals, rates = [*knots, end], [*totals, totals[-1] + parts * (end - first)], [*rates, 0]
    return Curve(unit, tuple(knots), tuple(totals), tuple(rates))


def length_of(ranges: Iterable[Range]) -> int:
    return sum(end - first for first, end in ranges)
