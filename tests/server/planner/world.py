"""Small inputs of the planner, and readers of its results."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from media.daytable import HOUSE, OFF, DayTable
from server.planner.allocate.network_plan import allotted_places, plan_network
from server.planner.allocate.orders import order_of
from server.planner.model.allotments import Row
from server.planner.model.days import ALWAYS, LocalDay, Range, WeeklySpan, days_from, ranges_within
from server.planner.model.network import NetworkDay, Place, Profile
from server.planner.model.problem import (
    Apart,
    Booking,
    HouseItem,
    PlanCreative,
    PlanInput,
    PlanResult,
    PlanScreen,
    PreviousPlan,
    ScreenDay,
)
from server.planner.plan import plan
from server.planner.sequence.sequencer import Columns

MONDAY = date(2026, 3, 2)
SLOT_MS = 5_000
DAY_SLOTS = 17_280
HOUSE_ITEMS = (HouseItem("h0", 2), HouseItem("h1", 3))


def booking(id_: str, goal: float, *, slots: int = 2, **changes: Any) -> Booking:
    given: dict[str, Any] = {
        "advertiser": f"advertiser of {id_}",
        "creatives": (PlanCreative(f"{id_}-a", 1, slots),),
        "goal_kind": "share",
        "goal": Fraction(str(goal)),
        "starts_on": MONDAY,
        "ends_on": date(2026, 4, 30),
    }
    return Booking(id=id_, **given | changes)


def input_of(
    *bookings: Booking,
    days: int = 1,
    zone: str = "UTC",
    hours: tuple[WeeklySpan, ...] = ALWAYS,
    slot_ms: int = SLOT_MS,
    previous: PreviousPlan | None = None,
    first: date = MONDAY,
    apart: Apart = Apart(),  # noqa: B008  frozen
    house: tuple[HouseItem, ...] = HOUSE_ITEMS,
    **screen: Any,
) -> PlanInput:
    """The input of one screen, with its allotment on a network of its own; `previous` is of its first day."""
    window = days_from(zone, first, days)
    opened = [ranges_within(day, hours, slot_ms) for day in window]
    screen_days = tuple(
        ScreenDay(day, open_, allotted(bookings, day, open_, slot_ms, apart), previous if n == 0 else None, house)
        for n, (day, open_) in enumerate(zip(window, opened, strict=True))
    )
    screens = (PlanScreen(id="screen", days=screen_days, **screen),)
    return PlanInput(slot_ms, tuple(bookings), screens, apart)


def allotted(bookings: Sequence[Booking], day: LocalDay, opened: tuple[Range, ...], slot_ms: int, apart: Apart) -> Row:
    orders = [order_of(booking, day.on) for booking in bookings]
    network = NetworkDay(
        slot_ms=slot_ms,
        orders=tuple(order for order in orders if order is not None),
        profiles=(Profile(day, opened),),
        places=(Place("screen", 0, frozenset()),),
        apart=apart,
    )
    return dict(allotted_places(plan_network(network)))["screen"]


def planned(*bookings: Booking, **more: Any) -> PlanResult:
    return plan(input_of(*bookings, **more))


def table_of(*bookings: Booking, **more: Any) -> DayTable:
    return planned(*bookings, **more).days[0].table


def spots(table: DayTable) -> list[tuple[int, int, str]]:
    """First slot, end and item of each spot."""
    found = []
    for slot in range(len(table.slots)):
        item = table.item_at(slot)
        if item is not None and table.starts[slot]:
            first, end = table.run_at(slot)
            found.append((first, end, item))
    return found


def times(table: DayTable, prefix: str) -> int:
    return sum(1 for _, _, item in spots(table) if item.startswith(prefix))


def neighbours(table: DayTable) -> list[tuple[str, str]]:
    """Pairs of spots that follow each other without anything between."""
    in_order = spots(table)
    return [(a[2], b[2]) for a, b in itertools.pairwise(in_order) if a[1] == b[0]]


def house_slots(table: DayTable) -> int:
    return sum(1 for index in table.slots if index == HOUSE)


def off_slots(table: DayTable) -> int:
    return sum(1 for index in table.slots if index == OFF)


def in_columns(table: DayTable, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
    """The table's slots in the columns' numbers, and where spots start."""
    numbers = np.zeros(OFF + 1, np.uint16)
    for n, item in enumerate(table.items, 1):
        numbers[n] = columns.items.index(item) + 1
    return numbers[np.asarray(table.slots)], np.frombuffer(bytes(table.starts), np.uint8)
