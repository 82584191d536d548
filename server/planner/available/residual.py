"""What a planned day has left where one more order may play, and what comes free when others are moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.planner.allocate.demands import demands_of
from server.planner.allocate.places import NetworkPlan
from server.planner.available.committed import Sold, sold_of
from server.planner.available.order_cells import Parts, chained
from server.planner.available.separation import Groups, groups_of
from server.planner.model.network import Market, Numbers, Order, Rank


@dataclass(frozen=True)
class Left:
    """All in plays of the order's length. Nodes are cells, then (category, cell), (advertiser, cell), and demands.

    enter (P,): the node at which a part's plays come in · limit (P,): most that may, were nothing else there
    at_once (P,): what is free now · arcs: tails, heads, what they can take and give back · drain (nodes,): free time
    whole: no cell or class is cut, and everyone of these ranks can be moved
    """

    enter: Numbers
    limit: Numbers
    at_once: Numbers
    arcs: tuple[Numbers, Numbers, Numbers, Numbers]
    drain: Numbers
    whole: bool


def left_for(plan: NetworkPlan, order: Order, parts: Parts, lowest: int) -> Left:
    market, grain = plan.market, plan.allotment.room.grain
    sold = sold_of(plan, order, lowest)
    length, count = sold.length, len(market.cell_slots)
    cells = np.maximum(_cells_left(market, order, sold, grain), 0)
    names = ((order.category, market.category), (order.advertiser, market.advertiser))
    groups = [groups_of(plan, order, parts, sold, n + 1, *name) for n, name in enumerate(names)]
    limit, cut = _limit(market, order, parts, sold, grain)
    limit = np.minimum(limit, np.minimum(groups[0].most, groups[1].most))
    enter, at_once = parts.cell, np.minimum(limit, cells[parts.cell] // length)
    for first, group in zip((count, count + len(groups[0].left)), groups, strict=True):
        is_in = group.joined >= 0
        enter = np.where(is_in, first + group.joined, enter)
        at_once[is_in] = np.minimum(at_once[is_in], np.maximum(group.left[group.joined[is_in]], 0) // length)
    return Left(
        enter=enter,
        limit=limit,
        at_once=at_once,
        arcs=_arcs(plan, groups, sold),
        drain=cells // length,
        whole=sold.settled and not cut and order.slots * grain == length,
    )


def _cells_left(market: Market, order: Order, sold: Sold, grain: int) -> Numbers:
    own = np.where(order.rank == Rank.TAKEOVER, 0, market.cell_own)
    slots = (market.cell_slots - own) * market.cell_places * grain
    return np.asarray(slots - np.bincount(market.edge_cell, sold.used, len(slots)), np.int64)


def _limit(market: Market, order: Order, parts: Parts, sold: Sold, grain: int) -> tuple[Numbers, bool]:
    """Most plays of each part, and whether any is less than its whole cell. What cannot move out of it, stays in it."""
    whole = market.cell_places[parts.cell] * market.cell_slots[parts.cell]
    here = parts.places * parts.slots
    if (here == whole).all():
        return parts.most, False
    in_all = np.array([one.plays is not None for one in market.day.orders], bool)[market.edge_order]
    fixed = np.bincount(market.edge_cell, np.where(sold.moves & in_all, 0, sold.used), len(market.cell_slots))
    own = np.where(order.rank == Rank.TAKEOVER, 0, market.cell_own * market.cell_places * grain)[parts.cell]
    taken = np.ceil(fixed[parts.cell] * here / np.maximum(whole, 1)).astype(np.int64)
    taken += own * here // np.maximum(whole, 1)
    free = np.maximum(here * grain - taken, 0) // sold.length
    return np.where(here == whole, parts.most, np.minimum(parts.most, free)), True


def _arcs(plan: NetworkPlan, groups: list[Groups], sold: Sold) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """From demands to groups to cells: what is left of each, and back what those who can be moved have there."""
    market, room = plan.market, plan.allotment.room
    count, length, moves = len(market.cell_slots), sold.length, np.flatnonzero(sold.moves)
    first = (0, count, count + len(groups[0].left))
    demand = first[2] + len(groups[1].left) + demands_of(market)
    plays = plan.allotment.plays
    tails, heads, limits, backs = [], [], [], []
    head = market.edge_cell
    for layer, group in enumerate(groups, start=1):
        place = room.layers[layer][0]
        into, keeps = np.zeros(len(group.left), np.int64), np.zeros(len(group.left), bool)
        into[place], keeps[place] = head, group.apart
        given = np.bincount(place[moves], plays[moves], len(group.left)).astype(np.int64)
        used = np.bincount(place[moves], minlength=len(group.left)) > 0
        used[group.joined[group.joined >= 0]] = True
        node = np.flatnonzero(used & keeps)
        tails.append(first[layer] + node)
        heads.append(into[node])
        limits.append(np.maximum(group.left[node], 0) // length)
        backs.append(given[node])
        head = np.where(group.apart, first[layer] + place, head)
    tails.append(demand[moves])
    heads.append(head[moves])
    limits.append(np.maximum(room.plays_left[moves], 0))
    backs.append(plays[moves])
    return chained(tails), chained(heads), chained(limits), chained(backs)
