"""`plan`: from screens, with their days and allotments, to day tables, counts and shortfalls."""

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
from server.planner.sequence.demand_lines import Catalogue, DayLines, catalogue_of, count_showings, lines_of, pieces_of
from server.planner.sequence.sequencer import SequenceInput, ends_in, sequence

# The version of the planner's rules, which is part of every basis: raise it to have unchanged input planned anew.
RULES = 4

Decided = tuple[DayTable, tuple[Count, ...]]
Decisions = dict[tuple[object, ...], Decided]


def plan(plan_input: PlanInput) -> PlanResult:
    """Plan every screen day by day. Screens with equal input share one result."""
    catalogue = catalogue_of(
        plan_input.bookings, (notice for screen in plan_input.screens for notice in screen.notices)
    )
    decisions: Decisions = {}
    days = [day for screen in plan_input.screens for day in _plan_screen(screen, catalogue, plan_input, decisions)]
    return PlanResult(tuple(days), tuple(short for day in days for short in _shortfalls(day)))


def _plan_screen(
    screen: PlanScreen, catalogue: Catalogue, plan_input: PlanInput, decisions: Decisions
) -> list[DayPlan]:
    lately, days = screen.lately, []
    for screen_day in screen.days:
        day = _plan_day(screen, screen_day, catalogue, plan_input, lately=lately, decisions=decisions)
        days.append(day)
        lately = _shown_lately(day.table, plan_input.apart)
    return days


def _plan_day(
    screen: PlanScreen,
    screen_day: ScreenDay,
    catalogue: Catalogue,
    plan_input: PlanInput,
    *,
    lately: tuple[Shown, ...],
    decisions: Decisions,
) -> DayPlan:
    lines = lines_of(screen, screen_day, catalogue, plan_input.slot_ms)
    basis = basis_of(screen_day, lines, plan_input, lately)
    previous, on = screen_day.previous, screen_day.day.on
    if previous is not None and previous.basis == basis:
        return DayPlan(screen.id, on, previous.table, basis, unchanged=True)
    key = (basis, lines.urgent.tobytes(), *_fixed_part(screen_day))
    if key not in decisions:
        decisions[key] = _decide(screen_day, lines, plan_input, lately)
    table, counts = decisions[key]
    return DayPlan(screen.id, on, table, basis, unchanged=False, counts=counts)


def _decide(screen_day: ScreenDay, lines: DayLines, plan_input: PlanInput, lately: tuple[Shown, ...]) -> Decided:
    previous = screen_day.previous
    day = SequenceInput(
        lines,
        screen_day.open,
        slots=screen_day.day.slots(plan_input.slot_ms),
        slot_ms=plan_input.slot_ms,
        apart=plan_input.apart,
        house=screen_day.house,
        before=previous.table if previous else None,
        until=previous.until if previous else 0,
        lately=lately,
    )
    table = sequence(day, previous.table if previous else None)
    return table, _counts(lines, table)


def _fixed_part(screen_day: ScreenDay) -> tuple[str, int]:
    previous = screen_day.previous
    return (previous.table.digest, previous.until) if previous else ("", 0)


def basis_of(screen_day: ScreenDay, lines: DayLines, plan_input: PlanInput, lately: tuple[Shown, ...]) -> str:
    """A digest of all input that decides a day, except its previous plan: while the basis is the same, so is the plan.

    No date is part of it, so that days with equal input are planned once. Names and fields of `Apart`, `HouseItem`,
    `Shown` and `PlanCreative` are, through their `repr`.
    """
    slots = screen_day.day.slots(plan_input.slot_ms)
    digest = hashlib.sha256(repr((RULES, slots, screen_day.open, screen_day.house, plan_input.apart, lately)).encode())
    for kind in lines.kinds.tolist():
        digest.update(lines.catalogue.digests[kind])
    for column in (lines.part_of, lines.parts, lines.wanted):
        digest.update(column.astype("<i8").tobytes())
    return digest.hexdigest()


def _shown_lately(table: DayTable, apart: Apart) -> tuple[Shown, ...]:
    """The items that a day shows last, as far back as the next day's spots must keep their distance to them."""
    reach = max(apart.creative, apart.advertiser, apart.category)
    total = len(table.slots)
    return tuple(Shown(item, total - end) for item, end in ends_in(table, total, reach=reach).items())


def _counts(lines: DayLines, table: DayTable) -> tuple[Count, ...]:
    planned, catalogue, pieces = count_showings(table, len(table.slots)), lines.catalogue, pieces_of(lines).tolist()
    creatives = np.diff(catalogue.piece_of)[lines.kinds]
    line_of = np.repeat(np.arange(len(lines)), creatives)
    items = [catalogue.items[piece] for piece in pieces]
    got = [planned[item] for item in items]
    short = np.bincount(line_of, got, len(lines)) < lines.wanted
    whys: list[Why] = [(why or "no_room") if is_short else "" for why, is_short in zip(lines.whys, short, strict=True)]
    booked = lines.wanted[line_of].tolist()
    for line in np.flatnonzero(creatives > 1).tolist():
        first, end = np.searchsorted(line_of, [line, line + 1]).tolist()
        booked[first:end] = split_by_weight(booked[first], catalogue.weights[pieces[first:end]].tolist())
    reasons = [(catalogue.ids[kind], why) for kind, why in zip(lines.kinds.tolist(), whys, strict=True)]
    shares = zip(line_of.tolist(), items, booked, got, strict=True)
    return tuple(Count(reasons[line][0], item, share, count, reasons[line][1]) for line, item, share, count in shares)


def _shortfalls(day: DayPlan) -> Iterator[Shortfall]:
    short: dict[str, list[Count]] = defaultdict(list)
    for count in day.counts:
        if count.why:
            short[count.booking].append(count)
    for booking, mine in short.items():
        booked, planned = sum(count.booked for count in mine), sum(count.planned for count in mine)
        yield Shortfall(day.screen, day.on, booking, booked, planned, mine[0].why)


def split_by_weight(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a total in proportion to weights, by largest remainder: parts add up, and each is off by less than one."""
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for i in by_rest[: total - sum(shares)]:
        shares[i] += 1
    return shares
