"""What a planned day gives each order of what it wants, and why it is less. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from server.planner.allocate.places import NetworkPlan, allotted_places
from server.planner.model.allotments import Row, Why

# Hours that are sold to more than this have no room for one more.
FULL = 0.98


@dataclass(frozen=True)
class Met:
    """What an order wants of a day and what it is given, in all, in the goal's unit; `why` it is less."""

    booking: str
    wanted: int
    given: int
    why: Why = ""


def met_of(plan: NetworkPlan) -> Iterator[Met]:
    """For each order of the day. Screens that share a row are counted by it."""
    wanted: dict[str, int] = defaultdict(int)
    whys: dict[str, Counter[Why]] = defaultdict(Counter)
    for row, times in _rows(plan):
        for booking, slots, why in zip(row.bookings, row.wanted.tolist(), row.whys, strict=True):
            wanted[booking] += slots * times
            if why:
                whys[booking][why] += times
    fullness = _fullness(plan)
    for number, (order, met) in enumerate(zip(plan.market.day.orders, plan.allotment.met.tolist(), strict=True)):
        asked, given = wanted[order.booking] if order.plays is None else order.plays, met // 1000
        if given >= asked:
            yield Met(order.booking, asked, given)
            continue
        told = whys[order.booking].most_common(1)
        yield Met(order.booking, asked, given, told[0][0] if told and told[0][0] else _short_of(fullness[number]))


def _short_of(fullness: float) -> Why:
    """Why an order of plays in all gets fewer: nowhere to play, hours that are full, or distances to others."""
    if fullness < 0:
        return "closed"
    return "overbooked" if fullness > FULL else "no_room"


def _fullness(plan: NetworkPlan) -> list[float]:
    """What part of the cells in which each order may play is sold; below zero where it may play in none."""
    market, plays = plan.market, plan.allotment.plays
    orders, cells = len(market.day.orders), len(market.cell_slots)
    lengths = np.array([float(order.slots) for order in market.day.orders])
    used = np.bincount(market.edge_cell, plays * lengths[market.edge_order], minlength=cells)[market.edge_cell]
    room = (market.cell_places * market.cell_slots)[market.edge_cell]
    # An order has one edge in each of its cells.
    of_order = [np.bincount(market.edge_order, weight, minlength=orders) for weight in (used, room)]
    return np.where(of_order[1] > 0, of_order[0] / np.maximum(of_order[1], 1), -1.0).tolist()  # type: ignore[no-any-return]


def _rows(plan: NetworkPlan) -> list[tuple[Row, int]]:
    """Each row with its screens, of the places where an order wants its part of every screen."""
    market = plan.market
    of_each = np.array([order.plays is None for order in market.day.orders], bool)
    asked = [one for one in market.classes if of_each[one.orders].any()]
    places = {market.day.places[n].id: market.day.places[n].screens for one in asked for n in one.members.tolist()}
    rows: dict[int, tuple[Row, int]] = {}
    for place, row in allotted_places(plan, places):
        rows[id(row)] = row, rows.get(id(row), (row, 0))[1] + places[place]
    return list(rows.values())
