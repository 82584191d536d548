"""What of a planned day is sold already, as seen by one more order: what stays, and what can be moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media.integers import ceil_div
from server.planner.allocate.demands import demands_of
from server.planner.allocate.places import NetworkPlan
from server.planner.model.network import Flags, Market, Numbers, Order


@dataclass(frozen=True)
class Sold:
    """Of each edge: whether its plays stay, whether they can be moved, and the grains they use.

    settled: all that could be moved in the order's ranks can be · others: orders in each cell · mine: the order's own
    """

    length: int
    stays: Flags
    moves: Flags
    settled: bool
    used: Numbers
    others: Numbers
    mine: Flags


def sold_of(plan: NetworkPlan, order: Order, lowest: int) -> Sold:
    market, room = plan.market, plan.allotment.room
    length = ceil_div(order.slots.numerator * room.grain, order.slots.denominator)
    orders = market.day.orders
    mine = np.array([one.booking == order.booking for one in orders], bool)[market.edge_order]
    stays = np.array([one.rank <= lowest for one in orders], bool)[market.edge_order] & ~mine
    spread = np.array([one.rank >= order.rank and one.share is None for one in orders], bool)[market.edge_order]
    could = stays & spread
    moves = could & (room.length == length) & _counts_alike(market)
    return Sold(
        length=length,
        stays=stays,
        moves=moves,
        settled=bool((moves == could).all()),
        used=np.where(stays, plan.allotment.plays * room.length, 0),
        others=np.bincount(market.edge_cell[~mine], minlength=len(market.cell_slots)),
        mine=mine,
    )


def _counts_alike(market: Market) -> Flags:
    """Edges of demands of which a play counts the same everywhere: only these can be moved without a loss."""
    demand = demands_of(market)
    worth = np.zeros(int(demand.max(initial=0)) + 1, np.int64)
    worth[demand] = market.worth
    return np.asarray(np.bincount(demand, market.worth != worth[demand], len(worth)) == 0)[demand]
