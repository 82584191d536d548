"""Peers of the planner, by other code: the linear programme's optimum, and a share scheduler without capacities."""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_matrix, csr_matrix, vstack

from server.planner.allocate.allot import Allotment
from server.planner.allocate.capacity import CATEGORY, UNLIMITED, Capacity, capacity_of
from server.planner.model.arrays import Numbers
from server.planner.model.market import Market
from server.planner.model.network import Rank


def value_of(market: Market, allotment: Allotment) -> Numbers:
    """The worth of a play on each edge (E,): slots of its order, weighed by the goal's units against their mean."""
    orders = len(market.day.orders)
    plays = market.cell_slots * market.cell_places
    mean = np.bincount(market.edge_order, market.worth * plays[market.edge_cell], orders) / np.maximum(
        1, np.bincount(market.edge_order, plays[market.edge_cell], orders)
    )
    return allotment.capacity.length * market.worth / mean[market.edge_order]


def lp_optimum(market: Market, allotment: Allotment) -> dict[Rank, float]:
    """The most that each rank can be given on what the ranks above left, parts of plays allowed (HiGHS)."""
    capacity = capacity_of(market)
    ranks = np.array([order.rank for order in market.day.orders], np.int64)[market.edge_order]
    found: dict[Rank, float] = {}
    for rank in Rank:
        edges = np.flatnonzero(ranks == rank)
        if len(edges):
            found[rank] = _optimum(market, allotment, capacity, edges)
            capacity.take(edges, allotment.plays[edges])
    return found


def most_of_groups(market: Market, allotment: Allotment, wanted: Numbers, rank: Rank) -> float:
    """A bound above the linear programme's optimum of one rank, were it alone, that can be computed at any size.

    Order by order, then advertiser by advertiser and category by category: the smaller of the demand (wanted (O,), in
    units of `value_of`) and of all that distances leave of the cells that it may use.
    """
    capacity, number = capacity_of(market), market.edge_order
    ranks = np.array([order.rank for order in market.day.orders], np.int64)
    of_rank = ranks[number] == rank
    value = value_of(market, allotment)
    groups_fit = np.minimum(*(left[place] / capacity.length for place, left in capacity.layers[CATEGORY:]))
    fits = np.minimum(capacity.plays_left, groups_fit)
    wanted = np.minimum(wanted, np.bincount(number, fits * value, len(ranks)))
    bounds = [float(wanted[ranks == rank].sum())]
    for (place, left), groups in zip(capacity.layers[CATEGORY:], (market.category, market.advertiser), strict=True):
        dearest = np.zeros(len(left))
        np.maximum.at(dearest, place[of_rank], (value / capacity.length)[of_rank])
        owner = np.full(len(left), -1)
        owner[place[of_rank]] = groups[number[of_rank]]
        bound = (owner >= 0) & (left < UNLIMITED)
        count = int(groups.max(initial=-1)) + 1
        most = np.bincount(owner[bound], (left * dearest)[bound], count)
        grouped = (ranks == rank) & (groups >= 0)
        requested = np.bincount(groups[grouped], wanted[grouped], count)
        is_bound = np.bincount(owner[bound], minlength=count) > 0
        ungrouped = float(wanted[(ranks == rank) & (groups < 0)].sum())
        bounds.append(ungrouped + float(np.where(is_bound, np.minimum(requested, most), requested).sum()))
    return min(bounds)


def _optimum(market: Market, allotment: Allotment, capacity: Capacity, edges: Numbers) -> float:
    count = len(edges)
    column = np.arange(count)
    rows, bounds = [], []
    for place, left in capacity.layers:
        bound = left < (1 << 39)
        matrix = coo_matrix((capacity.length[edges], (place[edges], column)), (len(left), count)).tocsr()
        rows.append(matrix[bound])
        bounds.append(left[bound])
    shape = (len(allotment.wanted), count)
    goals = coo_matrix((market.worth[edges], (market.edge_order[edges], column)), shape).tocsr()
    matrix: csr_matrix = vstack([*rows, goals]).tocsr()
    limits = np.concatenate([*bounds, allotment.wanted])
    answer = linprog(
        -value_of(market, allotment)[edges], A_ub=matrix, b_ub=limits,
        bounds=np.stack([np.zeros(count), capacity.plays_left[edges]], axis=1), method="highs-ipm",
    )  # fmt: skip
    if answer.status != 0:
        raise RuntimeError(answer.message)
    return float(-answer.fun)


def share_scheduler(market: Market, allotment: Allotment) -> float:
    """The slots delivered by the scheduler that is common today: hour by hour, each campaign without regard to others.

    Each campaign's goal is divided by its hours and screens and rounded up; an hour takes plays in the order of
    booking until it is full; plays that did not fit are not tried elsewhere. No distance is kept at all.
    """
    hours = market.cell_slots * market.day.slot_ms / 3_600_000
    weight = (market.cell_places * hours)[market.edge_cell]
    whole = np.bincount(market.edge_order, weight * market.worth, len(allotment.wanted))
    an_hour = np.ceil(allotment.wanted[market.edge_order] / np.maximum(whole, 1)[market.edge_order])
    wanted = an_hour * hours[market.edge_cell] * allotment.capacity.length / allotment.capacity.grain
    turn = np.lexsort((market.edge_order, market.edge_cell))
    before = np.cumsum(wanted[turn]) - wanted[turn]
    first = np.searchsorted(market.edge_cell[turn], market.edge_cell[turn])
    free = market.cell_slots[market.edge_cell[turn]] - (before - before[first])
    shown = np.zeros(len(wanted))
    shown[turn] = np.clip(np.minimum(wanted[turn], free), 0, None)
    plays = shown * market.cell_places[market.edge_cell] / allotment.capacity.length * allotment.capacity.grain
    met = np.bincount(market.edge_order, plays * market.worth, len(allotment.wanted))
    value = np.bincount(market.edge_order, plays * value_of(market, allotment), len(allotment.wanted))
    return float((value * np.minimum(1.0, allotment.wanted / np.maximum(met, 1))).sum())
