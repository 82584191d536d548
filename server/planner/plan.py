"""plan: screens and their days with what is allotted in; day tables, counts and shortfalls out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from media.daytable import DayTable
from server.planner.lines import Line, lines_of
from server.planner.problem import (
    Apart,
    Booking,
    Count,
    DayPlan,
    PlanInput,
    PlanResult,
    PlanScreen,
    ScreenDay,
    Shortfall,
    Shown,
    Why,
)
from server.planner.sequence import Asked, amended, ends_in, sequence, shown_in

# A number of the rules themselves: raise it when the same input shall be planned anew.
RULES = 2

Decided = tuple[DayTable, tuple[Count, ...]]
Memo = dict[tuple[object, ...], Decided]


def plan(asked: PlanInput) -> PlanResult:
    """Plan every screen day by day; screens that are asked the same share one answer."""
    bookings = {booking.id: booking for booking in asked.bookings}
    memo: Memo = {}
    days = [day for screen in asked.screens for day in _plan_screen(screen, bookings, asked, memo)]
    return PlanResult(tuple(days), tuple(short for day in days for short in _shortfalls(day)))


def _plan_screen(screen: PlanScreen, bookings: Mapping[str, Booking], asked: PlanInput, memo: Memo) -> list[DayPlan]:
    lately, days = screen.lately, []
    for screen_day in screen.days:
        day = _plan_day(screen, screen_day, bookings, asked, lately=lately, memo=memo)
        days.append(day)
        lately = _shown_lately(day.table, asked.apart)
    return days


def _plan_day(
    screen: PlanScreen,
    screen_day: ScreenDay,
    bookings: Mapping[str, Booking],
    asked: PlanInput,
    *,
    lately: tuple[Shown, ...],
    memo: Memo,
) -> DayPlan:
    lines = lines_of(screen, screen_day, bookings, asked.slot_ms)
    basis = _basis(screen, screen_day, lines, asked, lately)
    standing, on = screen_day.standing, screen_day.day.on
    if standing is not None and standing.basis == basis:
        return DayPlan(screen.id, on, standing.table, basis, kept=True)
    key = (basis, tuple(line.urgent for line in lines), *_fixed(screen_day))
    if key not in memo:
        memo[key] = _decide(screen, screen_day, lines, asked, lately)
    table, counts = memo[key]
    return DayPlan(screen.id, on, table, basis, kept=False, counts=counts)


def _decide(
    screen: PlanScreen, screen_day: ScreenDay, lines: list[Line], asked: PlanInput, lately: tuple[Shown, ...]
) -> Decided:
    standing = screen_day.standing
    day = Asked(
        lines,
        screen_day.open,
        slots=screen_day.day.slots(asked.slot_ms),
        apart=asked.apart,
        house=screen.house,
        before=standing.table if standing else None,
        until=standing.until if standing else 0,
        lately=lately,
    )
    table = (amended(day, standing.table) if standing else None) or sequence(day)
    return table, _counts(lines, table)


def _fixed(screen_day: ScreenDay) -> tuple[str, int]:
    standing = screen_day.standing
    return (standing.table.digest, standing.until) if standing else ("", 0)


def _basis(
    screen: PlanScreen, screen_day: ScreenDay, lines: list[Line], asked: PlanInput, lately: tuple[Shown, ...]
) -> str:
    """A digest of all that decides a day, apart from what stands of it: while it stays, the plan stays.

    No date is part of it, so that days which are asked the same are planned once.
    """
    slots = screen_day.day.slots(asked.slot_ms)
    facts = (
        (RULES, slots, screen_day.open, screen.house, asked.apart, lately),
        [(line.id, line.advertiser, line.category, line.creatives, line.parts, line.wanted) for line in lines],
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _shown_lately(table: DayTable, apart: Apart) -> tuple[Shown, ...]:
    """What a day shows last, as far back as it keeps the next day's spots apart."""
    reach = max(apart.creative, apart.advertiser, apart.category)
    total = len(table.slots)
    return tuple(Shown(item, total - end) for item, end in ends_in(table, total, reach=reach).items())


def _counts(lines: Sequence[Line], table: DayTable) -> tuple[Count, ...]:
    planned = shown_in(table, len(table.slots))
    counts: list[Count] = []
    for line in lines:
        got = sum(planned.get(creative.item, 0) for creative in line.creatives)
        why: Why = (line.why or "no_room") if got < line.wanted else ""
        shares = split(line.wanted, [creative.weight for creative in line.creatives])
        counts += [
            Count(line.id, creative.item, share, planned.get(creative.item, 0), why)
            for creative, share in zip(line.creatives, shares, strict=True)
        ]
    return tuple(counts)


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
