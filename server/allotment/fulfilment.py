"""Each order's demand of a planned day, its allotment, and the reason for a shortfall. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from server.planner.allocate.network_plan import NetworkPlan, allotted_places
from server.planner.model.allotments import Row, Why

# Hours of which more than this part is sold count as full.
FULL = 0.98


@dataclass(frozen=True)
class Fulfilment:
    """An order's demand and allotment of a day over all screens, in the goal's unit; `why`: reason for a shortfall."""

    booking: str
    wanted: int
    given: int
    why: Why = ""


def fulfilments_of(plan: NetworkPlan) -> Iterator[Fulfilment]:
    """One for each order of the day. Screens that share a row are counted through it."""
    wanted: dict[str, int] = defaultdict(int)
    whys: dict[str, Counter[Why]] = defaultdict(Counter)
    for row, times in _rows(plan):
        for booking, slots, why in zip(row.bookings, row.wanted.tolist(), row.whys, strict=True):
            wanted[booking] += slots * times
            if why:
                whys[booking][why] += times
    fullness = _fullness(plan)
    for number, (order, met) in enumerate(zip(plan.market.day.orders, plan.allotment.fulfilled.tolist(), strict=True)):
        due, given = wanted[order.booking] if order.plays is None else order.plays, met // 1000
        if given >= due:
            yield Fulfilment(order.booking, due, given)
            continue
        commonest = whys[order.booking].most_common(1)
        why = commonest[0][0] if commonest and commonest[0][0] else _why_short(fullness[number])
        yield Fulfilment(order.booking, due, given, why)


def _why_short(fullness: float) -> Why:
    """Why an order of plays over all screens gets fewer: nowhere to play, full hours, or distances to other spots."""
    if fullness < 0:
        return "closed"
    return "overbooked" if fullness > FULL else "no_room"


def _fullness(plan: NetworkPlan) -> list[float]:
    """The sold part of the cells in which each order may play; below zero for an order that may play in none."""
    market, plays = plan.market, plan.allotment.plays
    orders, cells = len(market.day.orders), len(market.cell_slots)
    lengths = np.array([float(order.slots) for order in market.day.orders])
    used = np.bincount(market.edge_cell, plays * lengths[market.edge_order], minlength=cells)[market.edge_cell]
    room = (market.cell_places * market.cell_slots)[market.edge_cell]
    # An order has one edge in each of its cells.
    of_order = [np.bincount(market.edge_order, weight, minlength=orders) for weight in (used, room)]
    return np.where(of_order[1] > 0, of_order[0] / np.maximum(of_order[1], 1), -1.0).tolist()  # type: ignore[no-any-return]


def _rows(plan: NetworkPlan) -> list[tuple[Row, int]]:
    """Each row with its number of screens, of the places where some order wants a part of every screen."""
    market = plan.market
    per_screen = np.array([order.plays is None for order in market.day.orders], bool)
    classes = [place_class for place_class in market.classes if per_screen[place_class.orders].any()]
    members = (market.day.places[n] for place_class in classes for n in place_class.members.tolist())
    places = {place.id: place.screens for place in members}
    rows: dict[int, tuple[Row, int]] = {}
    for place, row in allotted_places(plan, places):
        rows[id(row)] = row, rows.get(id(row), (row, 0))[1] + places[place]
    return list(rows.values())
