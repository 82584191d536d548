"""The days of the network as they were last planned, from which the worker and the availability service plan again.

A day whose input is unchanged keeps its plan; any other day is planned starting from the cached plan. Stored allotments
are read from the database only for days that are not cached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from server.allotment.fulfilment import Fulfilment
from server.allotment.inventory import Inventory
from server.planner.allocate.network_plan import NetworkPlan, allotted_places, changed_classes, plan_network
from server.planner.model.allotments import NOTHING, Row
from server.planner.model.network import NetworkDay, Order

Allotments = Mapping[str, Row]
"""The allotted row of each screen."""

NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class DayInput:
    """The planner's input of one day, and the screens of each of its places. The screens of a bank are one place."""

    day: NetworkDay
    screens: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class CachedDay:
    """A planned day with its input; `not_planned`: the allotments of screens that the input did not contain."""

    day_input: DayInput
    plan: NetworkPlan
    fulfilments: tuple[Fulfilment, ...] = ()
    not_planned: Allotments = field(default_factory=dict)

    def allotments(self) -> dict[str, Row]:
        return {**self.not_planned, **rows_by_screen(self.day_input, allotted_places(self.plan))}


@dataclass
class PlanCache:
    """A worker's plans from its last allotment. A day's entry is valid while the day's rows bear this worker's mark."""

    inventory: Inventory | None = None
    days: dict[date, tuple[str, CachedDay]] = field(default_factory=dict)

    def day(self, on: date, mark: str) -> CachedDay | None:
        entry = self.days.get(on)
        return entry[1] if entry is not None and mark and entry[0] == mark else None

    def store(self, on: date, mark: str, day: CachedDay) -> None:
        self.days[on] = mark, replace(day, plan=_slim(day.plan))

    def drop(self, *, before: date) -> None:
        self.days = {on: entry for on, entry in self.days.items() if on >= before}


def plan_day(day_input: DayInput, cached: CachedDay | None, read: Callable[[], Allotments]) -> NetworkPlan:
    """The day's plan, starting from the cached plan or else from the stored allotments (`read`)."""
    if cached is not None and cached.day_input.day == day_input.day:
        return cached.plan
    if cached is not None and same_places(day_input, cached):
        return plan_network(day_input.day, cached.plan)
    before = read() if cached is None else cached.allotments()
    first_screens = {place: screen_ids[0] for place, screen_ids in day_input.screens.items()}
    return plan_network(day_input.day, {place: before.get(id_, NOTHING) for place, id_ in first_screens.items()})


def same_places(day_input: DayInput, cached: CachedDay) -> bool:
    """Do the numbers of places mean the same places in both?"""
    return day_input.day.places is cached.day_input.day.places


def changed_rows(day_input: DayInput, plan: NetworkPlan, cached: CachedDay) -> dict[str, Row]:
    """The new rows of screens whose allotment differs from the cached plan, which is of the same places."""
    if plan is cached.plan:
        return {}
    names = set(_changed_places(plan, cached.plan))
    before = dict(allotted_places(cached.plan, names))
    differ = RowComparison()
    after = ((name, row) for name, row in allotted_places(plan, names) if differ(row, before[name]))
    return rows_by_screen(day_input, after)


def rows_by_screen(day_input: DayInput, places: Iterator[tuple[str, Row]]) -> dict[str, Row]:
    return {id_: row for place, row in places for id_ in day_input.screens[place]}


class RowComparison:
    """Do two rows differ? Each pair is compared once, however many screens share its rows.

    The compared rows are referenced here, so that their ids are not reused for other objects.
    """

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[Row, Row, bool]] = {}

    def __call__(self, row: Row, other: Row) -> bool:
        key = id(row), id(other)
        if key not in self.known:
            self.known[key] = row, other, row != other
        return self.known[key][2]


def _changed_places(new: NetworkPlan, old: NetworkPlan) -> Iterator[str]:
    """Places of the classes that are dealt differently, or one of whose orders changed."""
    known = {order.booking: _without_plays(order) for order in old.market.day.orders}
    orders = new.market.day.orders
    changed = np.array([known.get(order.booking) != _without_plays(order) for order in orders], bool)
    dealt = set(changed_classes(new, old))
    for number, place_class in enumerate(new.market.classes):
        if number in dealt or changed[place_class.orders].any():
            yield from (new.market.day.places[member].id for member in place_class.members.tolist())


def _without_plays(order: Order) -> Order:
    """The order without its plays over all screens: no screen's row contains them, only the spots that follow."""
    return order if order.plays is None else replace(order, plays=0)


def _slim(plan: NetworkPlan) -> NetworkPlan:
    """Without the arrays that only allotting and availability queries use: a day of a large network takes 60 MB."""
    market = replace(plan.market, edge_order=NONE, edge_cell=NONE, edge_class=NONE, edge_most=NONE, worth=NONE)
    capacity = replace(plan.allotment.capacity, layers=(), layer_cell=(), plays_left=NONE, length=NONE)
    return NetworkPlan(market, replace(plan.allotment, plays=NONE, capacity=capacity), plan.dealt)
