"""plan: screens and their days with what is allotted in; day tables, counts and shortfalls out."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from media.daytable import DayTable
from server.planner.model.allotments import Why
from server.planner.model.problem import (
    Apart,
    Count,
    DayPlan,
    PlanInput,
    PlanResult,
    PlanScreen,
    ScreenDay,
    Shortfall,
    Shown,
)
from server.planner.sequence.demand_lines import Catalogue, DayLines, catalogue_of, lines_of, pieces_of, shown_in
from server.planner.sequence.sequencer import Asked, ends_in, sequence

# A number of the rules themselves: raise it when the same input shall be planned anew.
RULES = 4

Decided = tuple[DayTable, tuple[Count, ...]]
Memo = dict[tuple[object, ...], Decided]


def plan(asked: PlanInput) -> PlanResult:
    """Plan every screen day by day; screens that are asked the same share one answer."""
    catalogue = catalogue_of(asked.bookings, (notice for screen in asked.screens for notice in screen.notices))
    memo: Memo = {}
    days = [day for screen in asked.screens for day in _plan_screen(screen, catalogue, asked, memo)]
    return PlanResult(tuple(days), tuple(short for day in days for short in _shortfalls(day)))


def _plan_screen(screen: PlanScreen, catalogue: Catalogue, asked: PlanInput, memo: Memo) -> list[DayPlan]:
    lately, days = screen.lately, []
    for screen_day in screen.days:
        day = _plan_day(screen, screen_day, catalogue, asked, lately=lately, memo=memo)
        days.append(day)
        lately = _shown_lately(day.table, asked.apart)
    return days


def _plan_day(
    screen: PlanScreen,
    screen_day: ScreenDay,
    catalogue: Catalogue,
    asked: PlanInput,
    *,
    lately: tuple[Shown, ...],
    memo: Memo,
) -> DayPlan:
    lines = lines_of(screen, screen_day, catalogue, asked.slot_ms)
    basis = _basis(screen_day, lines, asked, lately)
    previous, on = screen_day.previous, screen_day.day.on
    if previous is not None and previous.basis == basis:
        return DayPlan(screen.id, on, previous.table, basis, kept=True)
    key = (basis, lines.urgent.tobytes(), *_fixed(screen_day))
    if key not in memo:
        memo[key] = _decide(screen_day, lines, asked, lately)
    table, counts = memo[key]
    return DayPlan(screen.id, on, table, basis, kept=False, counts=counts)


def _decide(screen_day: ScreenDay, lines: DayLines, asked: PlanInput, lately: tuple[Shown, ...]) -> Decided:
    previous = screen_day.previous
    day = Asked(
        lines,
        screen_day.open,
        slots=screen_day.day.slots(asked.slot_ms),
        slot_ms=asked.slot_ms,
        apart=asked.apart,
        house=screen_day.house,
        before=previous.table if previous else None,
        until=previous.until if previous else 0,
        lately=lately,
    )
    table = sequence(day, previous.table if previous else None)
    return table, _counts(lines, table)


def _fixed(screen_day: ScreenDay) -> tuple[str, int]:
    previous = screen_day.previous
    return (previous.table.digest, previous.until) if previous else ("", 0)


def _basis(screen_day: ScreenDay, lines: DayLines, asked: PlanInput, lately: tuple[Shown, ...]) -> str:
    """A digest of all that decides a day, apart from what stands of it: while it stays, the plan stays.

    No date is part of it, so that days which are asked the same are planned once.
    """
    slots = screen_day.day.slots(asked.slot_ms)
    digest = hashlib.sha256(repr((RULES, slots, screen_day.open, screen_day.house, asked.apart, lately)).encode())
    for kind in lines.kinds.tolist():
        digest.update(lines.catalogue.digests[kind])
    for column in (lines.part_of, lines.parts, lines.wanted):
        digest.update(column.astype("<i8").tobytes())
    return digest.hexdigest()


def _shown_lately(table: DayTable, apart: Apart) -> tuple[Shown, ...]:
    """What a day shows last, as far back as it keeps the next day's spots apart."""
    reach = max(apart.creative, apart.advertiser, apart.category)
    total = len(table.slots)
    return tuple(Shown(item, total - end) for item, end in ends_in(table, total, reach=reach).items())


def _counts(lines: DayLines, table: DayTable) -> tuple[Count, ...]:
    planned, catalogue, pieces = shown_in(table, len(table.slots)), lines.catalogue, pieces_of(lines).tolist()
    creatives = np.diff(catalogue.piece_of)[lines.kinds]
    line_of = np.repeat(np.arange(len(lines)), creatives)
    items = [catalogue.items[piece] for piece in pieces]
    got = [planned[item] for item in items]
    short = np.bincount(line_of, got, len(lines)) < lines.wanted
    whys: list[Why] = [(why or "no_room") if is_short else "" for why, is_short in zip(lines.whys, short, strict=True)]
    booked = lines.wanted[line_of].tolist()
    for line in np.flatnonzero(creatives > 1).tolist():
        first, end = np.searchsorted(line_of, [line, line + 1]).tolist()
        booked[first:end] = split(booked[first], catalogue.weights[pieces[first:end]].tolist())
    told = [(catalogue.ids[kind], why) for kind, why in zip(lines.kinds.tolist(), whys, strict=True)]
    facts = zip(line_of.tolist(), items, booked, got, strict=True)
    return tuple(Count(told[line][0], item, share, count, told[line][1]) for line, item, share, count in facts)


def _shortfalls(day: DayPlan) -> Iterator[Shortfall]:
    short: dict[str, list[Count]] = defaultdict(list)
    for count in day.counts:
        if count.why:
            short[count.booking].append(count)
    for booking, mine in short.items():
        booked, planned = sum(count.booked for count in mine), sum(count.planned for count in mine)
        yield Shortfall(day.screen, day.on, booking, booked, planned, mine[0].why)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Largest remainder: all are given out, nobody is off by a whole one."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_rest[: total - sum(shares)]:
        shares[i] += 1
    return shares
