"""plan: bookings, screens and their days in; day tables, counts and shortfalls out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from fractions import Fraction

from media.daytable import DayTable
from server.planner.owed import Line, Owed, length_of, lines_of, owed
from server.planner.problem import (
    Booking,
    Count,
    DayPlan,
    PlanInput,
    PlanResult,
    PlanScreen,
    ScreenDay,
    Shortfall,
    Why,
)
from server.planner.sequence import sequence, shown_in

# A number of the rules themselves: raise it when the same input shall be planned anew.
RULES = 1

Memo = dict[tuple[str, tuple[bool, ...], str, int], tuple[DayTable, tuple[Count, ...]]]


def plan(asked: PlanInput) -> PlanResult:
    """Plan every screen day by day; screens that are asked the same share one answer."""
    bookings = {booking.id: booking for booking in asked.bookings}
    memo: Memo = {}
    days = [day for screen in asked.screens for day in _plan_screen(screen, bookings, asked.slot_ms, memo)]
    return PlanResult(tuple(days), tuple(short for day in days for short in _shortfalls(day)))


def _plan_screen(screen: PlanScreen, bookings: dict[str, Booking], slot_ms: int, memo: Memo) -> list[DayPlan]:
    advertisers = {c.item: bookings[id_].advertiser for id_ in screen.bookings for c in bookings[id_].creatives}
    advertisers |= {notice.item: notice.item for notice in screen.notices}
    last, days = screen.last, []
    for screen_day in screen.days:
        days.append(_plan_day(screen, screen_day, bookings, slot_ms=slot_ms, last=last, memo=memo))
        table = days[-1].table
        last = _shown_last(table, len(table.slots), advertisers)
    return days


def _plan_day(
    screen: PlanScreen, screen_day: ScreenDay, bookings: dict[str, Booking], *, slot_ms: int, last: str, memo: Memo
) -> DayPlan:
    lines = lines_of(screen, screen_day, bookings, slot_ms)
    basis = _basis(screen, screen_day, lines, slot_ms=slot_ms, last=last)
    standing = screen_day.standing
    on = screen_day.day.on
    if standing is not None and standing.basis == basis:
        return DayPlan(screen.id, on, standing.table, basis, kept=True)
    urgent = tuple(line.urgent for line in lines)
    fixed = (standing.table.digest, standing.until) if standing and standing.until else ("", 0)
    key = (basis, urgent, *fixed)
    if key not in memo:
        memo[key] = _decide(screen, screen_day, lines, slot_ms=slot_ms, last=last)
    table, counts = memo[key]
    return DayPlan(screen.id, on, table, basis, kept=False, counts=counts)


def _decide(
    screen: PlanScreen, screen_day: ScreenDay, lines: list[Line], *, slot_ms: int, last: str
) -> tuple[DayTable, tuple[Count, ...]]:
    standing = screen_day.standing
    until = standing.until if standing else 0
    if standing and until:
        advertisers = {creative.item: line.advertiser for line in lines for creative in line.creatives}
        last = _shown_last(standing.table, until, advertisers)
    due = owed(lines, screen_day.open, screen.reserved)
    table = sequence(
        lines,
        due,
        screen_day.open,
        slots=screen_day.day.slots(slot_ms),
        house=screen.house,
        before=standing.table if standing else None,
        until=until,
        last=last,
    )
    return table, _counts(lines, due, table)


def _basis(screen: PlanScreen, screen_day: ScreenDay, lines: list[Line], *, slot_ms: int, last: str) -> str:
    """A digest of all that decides a day, apart from what is fixed of it: while it stays, the plan stays.

    No date is part of it, so that days which are asked the same are planned once.
    """
    slots = screen_day.day.slots(slot_ms)
    facts = (
        (RULES, slots, screen_day.open, screen.reserved, screen.house, last),
        [(line.id, line.advertiser, line.creatives, line.owed_in, line.rate, line.booked) for line in lines],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _shown_last(table: DayTable, until: int, advertisers: dict[str, str]) -> str:
    item = table.item_at(until - 1) if until else None
    return advertisers.get(item, "") if item is not None else ""


def _counts(lines: Sequence[Line], due: Owed, table: DayTable) -> tuple[Count, ...]:
    planned = shown_in(table, len(table.slots))
    counts: list[Count] = []
    for line, curve in zip(lines, due.lines, strict=True):
        booked = _rounded(line.booked)
        got = sum(planned.get(creative.item, 0) for creative in line.creatives)
        why = _why(line, curve_spots=Fraction(curve.whole, curve.unit)) if got < booked else ""
        shares = split(booked, [creative.weight for creative in line.creatives])
        counts += [
            Count(line.id, creative.item, share, planned.get(creative.item, 0), why)
            for creative, share in zip(line.creatives, shares, strict=True)
        ]
    return tuple(counts)


def _why(line: Line, *, curve_spots: Fraction) -> Why:
    """The first reason that applies why a line has fewer spots than it bought."""
    if not line.owed_in:
        return "closed"
    if length_of(line.ranges) < length_of(line.owed_in):
        return "too_short"
    return "overbooked" if curve_spots < line.booked else "no_room"


def _shortfalls(day: DayPlan) -> list[Shortfall]:
    lines = list(dict.fromkeys(count.booking for count in day.counts if count.why))
    return [
        Shortfall(day.screen, day.on, line, sum(c.booked for c in mine), sum(c.planned for c in mine), mine[0].why)
        for line in lines
        for mine in [[count for count in day.counts if count.booking == line]]
    ]


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder: all are given out, nobody is off by a whole one."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_rest[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _rounded(number: Fraction) -> int:
    """To the nearest whole number; a half goes up, as spots do."""
    return int((2 * number + 1) // 2)
