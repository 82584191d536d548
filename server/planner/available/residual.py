"""The residual network of a planned day: what is free for one more order, and what moving others can free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from server.planner.allocate.demands import demand_of_edges
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.available.committed import Committed, committed_of
from server.planner.available.order_cells import OrderCells, concatenated
from server.planner.available.separation import GroupLimits, group_limits
from server.planner.model.arrays import Numbers
from server.planner.model.market import Market
from server.planner.model.network import Order, Rank


class Arcs(NamedTuple):
    """From node `tail` to node `head` (A,): plays that can still be sent forward, and those that can be taken back."""

    tail: Numbers
    head: Numbers
    forward: Numbers
    back: Numbers


@dataclass(frozen=True)
class Residual:
    """A flow network, all in plays of the order's length. Its nodes are cells, then (category, cell), then
    (advertiser, cell), then the demands that can be moved.

    entry (P,): the node at which the plays of one of the order's parts enter
    limit (P,): most plays of the part, were nothing else there · at_once (P,): those that fit without a move
    arcs: of all that can be moved · drain (cells,): free time, at which a path of moves may end
    whole: no cell or class is cut by the order, and all plays of its ranks can be moved, so the answer is exact
    """

    entry: Numbers
    limit: Numbers
    at_once: Numbers
    arcs: Arcs
    drain: Numbers
    whole: bool


def residual_of(plan: NetworkPlan, order: Order, parts: OrderCells, lowest: int) -> Residual:
    market, grain = plan.market, plan.allotment.capacity.grain
    committed = committed_of(plan, order, lowest)
    length, count = committed.length, len(market.cell_slots)
    # Below 0 a cell is overbooked: it has nothing left.
    cells = np.maximum(_cells_left(market, order, committed, grain), 0)
    groups_by_layer = ((order.category, market.category), (order.advertiser, market.advertiser))
    groups = [group_limits(plan, order, parts, committed, n + 1, *name) for n, name in enumerate(groups_by_layer)]
    limit, cut = _limit(market, order, parts, committed, grain)
    limit = np.minimum(limit, np.minimum(groups[0].most, groups[1].most))
    entry, at_once = parts.cell, np.minimum(limit, cells[parts.cell] // length)
    # A play passes the limits of its advertiser, then of its category, then of the cell. So the advertiser's node comes
    # last in this loop: where the order has one, its plays enter there.
    for first, group in zip((count, count + len(groups[0].left)), groups, strict=True):
        is_in = group.joined >= 0
        entry = np.where(is_in, first + group.joined, entry)
        at_once[is_in] = np.minimum(at_once[is_in], np.maximum(group.left[group.joined[is_in]], 0) // length)
    return Residual(
        entry=entry,
        limit=limit,
        at_once=at_once,
        arcs=_arcs(plan, groups, committed),
        drain=cells // length,
        whole=committed.all_move and not cut and order.slots * grain == length,
    )


def _cells_left(market: Market, order: Order, committed: Committed, grain: int) -> Numbers:
    own = np.where(order.rank == Rank.TAKEOVER, 0, market.cell_own)
    slots = (market.cell_slots - own) * market.cell_places * grain
    return np.asarray(slots - np.bincount(market.edge_cell, committed.used, len(slots)), np.int64)


def _limit(market: Market, order: Order, parts: OrderCells, committed: Committed, grain: int) -> tuple[Numbers, bool]:
    """Most plays of each part, and whether any part is less than its whole cell.

    In such a part, plays that cannot move to another cell are counted by the part's time.
    """
    whole = market.cell_places[parts.cell] * market.cell_slots[parts.cell]
    here = parts.places * parts.slots
    # Both are slots times places.
    if (here == whole).all():
        return parts.most, False
    in_all = np.array([other.plays is not None for other in market.day.orders], bool)[market.edge_order]
    fixed = np.bincount(market.edge_cell, np.where(committed.moves & in_all, 0, committed.used), len(market.cell_slots))
    own = np.where(order.rank == Rank.TAKEOVER, 0, market.cell_own * market.cell_places * grain)[parts.cell]
    # Plays that cannot move are taken to be spread evenly over their cell, so this part has its share, rounded up.
    taken = np.ceil(fixed[parts.cell] * here / np.maximum(whole, 1)).astype(np.int64)
    taken += own * here // np.maximum(whole, 1)
    free = np.maximum(here * grain - taken, 0) // committed.length
    return np.where(here == whole, parts.most, np.minimum(parts.most, free)), True


def _arcs(plan: NetworkPlan, groups: list[GroupLimits], committed: Committed) -> Arcs:
    """From demands to groups to cells: forward what is left of each, back the movable plays that are there."""
    market, capacity = plan.market, plan.allotment.capacity
    count, length, moves = len(market.cell_slots), committed.length, np.flatnonzero(committed.moves)
    first = (0, count, count + len(groups[0].left))
    demand = first[2] + len(groups[1].left) + demand_of_edges(market)
    plays = plan.allotment.plays
    # `head` is the node at which an edge's plays arrive from above: its cell, or the group that lies over it.
    tails, heads, limits, backs = [], [], [], []
    head = market.edge_cell
    for layer, group in enumerate(groups, start=1):
        place = capacity.layers[layer][0]
        into, apart = np.zeros(len(group.left), np.int64), np.zeros(len(group.left), bool)
        into[place], apart[place] = head, group.apart
        # Back: plays that pass through this group now, and that may be taken back to move elsewhere.
        given = np.bincount(place[moves], plays[moves], len(group.left)).astype(np.int64)
        used = np.bincount(place[moves], minlength=len(group.left)) > 0
        used[group.joined[group.joined >= 0]] = True
        node = np.flatnonzero(used & apart)
        tails.append(first[layer] + node)
        heads.append(into[node])
        limits.append(np.maximum(group.left[node], 0) // length)
        backs.append(given[node])
        head = np.where(group.apart, first[layer] + place, head)
    tails.append(demand[moves])
    heads.append(head[moves])
    limits.append(np.maximum(capacity.plays_left[moves], 0))
    backs.append(plays[moves])
    return Arcs(concatenated(tails), concatenated(heads), concatenated(limits), concatenated(backs))
