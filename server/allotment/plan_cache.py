"""Days of the network as they were planned last: the next plan starts from them, the worker's as the booking desk's.

A day whose question did not change keeps its plan, one that did is planned from it; what screens hold is read from the
database only where nothing is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np

from server.allotment.fulfilment import Met
from server.allotment.inventory import Premises
from server.planner.allocate.places import NetworkPlan, allotted_places, changed_classes, plan_network
from server.planner.model.allotments import NOTHING, Row
from server.planner.model.network import NetworkDay, Order

Held = Mapping[str, Row]
NONE = np.zeros(0, np.int64)


@dataclass(frozen=True)
class Asked:
    """A day's question, and the screens of each of its places: those of a bank are one place."""

    day: NetworkDay
    screens: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class KnownDay:
    """A day that was planned, from which question; `left`: what screens hold that were not asked about."""

    asked: Asked
    plan: NetworkPlan
    met: tuple[Met, ...] = ()
    left: Held = field(default_factory=dict)

    def held(self) -> dict[str, Row]:
        """What each screen holds."""
        return {**self.left, **rows_by_screen(self.asked, allotted_places(self.plan))}


@dataclass
class Remembered:
    """What a worker remembers between two allotments, for as long as the rows of a day bear the mark it gave them."""

    premises: Premises | None = None
    days: dict[date, tuple[str, KnownDay]] = field(default_factory=dict)

    def day(self, on: date, mark: str) -> KnownDay | None:
        known = self.days.get(on)
        return known[1] if known is not None and mark and known[0] == mark else None

    def keep(self, on: date, mark: str, known: KnownDay) -> None:
        self.days[on] = mark, replace(known, plan=_slim(known.plan))

    def forget(self, *, before: date) -> None:
        self.days = {on: day for on, day in self.days.items() if on >= before}


def plan_day(asked: Asked, known: KnownDay | None, read: Callable[[], Held]) -> NetworkPlan:
    """From what is `known` of the day, or else from what its screens hold (`read`): as little as may be is moved."""
    if known is not None and known.asked.day == asked.day:
        return known.plan
    if known is not None and same_places(asked, known):
        return plan_network(asked.day, known.plan)
    held = read() if known is None else known.held()
    return plan_network(asked.day, {place: held.get(ids[0], NOTHING) for place, ids in asked.screens.items()})


def same_places(asked: Asked, known: KnownDay) -> bool:
    """Do the numbers of places mean the same ones?"""
    return asked.day.places is known.asked.day.places


def changed_rows(asked: Asked, plan: NetworkPlan, known: KnownDay) -> dict[str, Row]:
    """Of a plan of the same places: what each screen is allotted that is allotted otherwise than before."""
    if plan is known.plan:
        return {}
    names = set(_changed_places(plan, known.plan))
    before = dict(allotted_places(known.plan, names))
    differ = Differing()
    now = ((name, row) for name, row in allotted_places(plan, names) if differ(row, before[name]))
    return rows_by_screen(asked, now)


def rows_by_screen(asked: Asked, places: Iterator[tuple[str, Row]]) -> dict[str, Row]:
    return {id_: row for place, row in places for id_ in asked.screens[place]}


class Differing:
    """Rows are compared once, however many screens share them; they are held on to, so that an id stays theirs."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], tuple[Row, Row, bool]] = {}

    def __call__(self, row: Row, other: Row) -> bool:
        key = id(row), id(other)
        if key not in self.known:
            self.known[key] = row, other, row != other
        return self.known[key][2]


def _changed_places(new: NetworkPlan, old: NetworkPlan) -> Iterator[str]:
    """Of classes that are dealt otherwise, or of which an order wants something else."""
    known = {order.booking: _beside_plays(order) for order in old.market.day.orders}
    orders = new.market.day.orders
    changed = np.array([known.get(order.booking) != _beside_plays(order) for order in orders], bool)
    dealt = set(changed_classes(new, old))
    for number, one in enumerate(new.market.classes):
        if number in dealt or changed[one.orders].any():
            yield from (new.market.day.places[member].id for member in one.members.tolist())


def _beside_plays(order: Order) -> Order:
    """How many plays it wants in all shows in what it is given; no screen's row tells it otherwise."""
    return order if order.plays is None else replace(order, plays=0)


def _slim(plan: NetworkPlan) -> NetworkPlan:
    """Without what only the allotment itself and questions of room need: a day of a large network takes 60 MB."""
    market = replace(plan.market, edge_order=NONE, edge_cell=NONE, edge_class=NONE, edge_most=NONE, worth=NONE)
    room = replace(plan.allotment.room, layers=(), layer_cell=(), plays_left=NONE, length=NONE)
    return NetworkPlan(market, replace(plan.allotment, plays=NONE, room=room), plan.dealt)
