"""The plays that a planned day has sold already, as one more order sees them: which stay, and which can be moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from media.integers import ceil_div
from server.planner.allocate.demands import demand_of_edges
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.model.arrays import Flags, Numbers
from server.planner.model.market import Market
from server.planner.model.network import Order


@dataclass(frozen=True)
class Committed:
    """Grains of the new order's spot, and the plays that others have of the day.

    stays (E,): whether the edge's plays may not be lost · moves (E,): whether they can be moved to other cells
    used (E,): grains that staying plays fill · own (E,): edges of the order itself, if the plan has it already
    all_move: all staying plays that are of the order's rank or a lower one, and no share, can be moved
    others (X,): how many other orders may play in each cell
    """

    length: int
    stays: Flags
    moves: Flags
    all_move: bool
    used: Numbers
    others: Numbers
    own: Flags


def committed_of(plan: NetworkPlan, order: Order, lowest: int) -> Committed:
    """lowest: the lowest rank whose plays stay. Plays of lower ranks count as free."""
    market, capacity = plan.market, plan.allotment.capacity
    # Rounded up to whole grains, at the order's own expense.
    length = ceil_div(order.slots.numerator * capacity.grain, order.slots.denominator)
    orders = market.day.orders
    own = np.array([other.booking == order.booking for other in orders], bool)[market.edge_order]
    stays = np.array([other.rank <= lowest for other in orders], bool)[market.edge_order] & ~own
    spread = np.array([other.rank >= order.rank and other.share is None for other in orders], bool)[market.edge_order]
    # A play takes the place of another only if both have the same length, and only if no unit of its goal is lost.
    movable_ranks = stays & spread
    moves = movable_ranks & (capacity.length == length) & _counts_alike(market)
    return Committed(
        length=length,
        stays=stays,
        moves=moves,
        all_move=bool((moves == movable_ranks).all()),
        used=np.where(stays, plan.allotment.plays * capacity.length, 0),
        others=np.bincount(market.edge_cell[~own], minlength=len(market.cell_slots)),
        own=own,
    )


def _counts_alike(market: Market) -> Flags:
    """Of each edge, whether a play of its demand counts the same everywhere: only then can it move without a loss."""
    demand = demand_of_edges(market)
    worth = np.zeros(int(demand.max(initial=0)) + 1, np.int64)
    worth[demand] = market.worth
    return np.asarray(np.bincount(demand, market.worth != worth[demand], len(worth)) == 0)[demand]
