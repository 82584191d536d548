"""The demands of a day, rank by rank: on each cell, on each class of screens, or on all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from server.planner.model.arrays import Numbers
from server.planner.model.hours import promised_spots
from server.planner.model.market import Market
from server.planner.model.network import Rank


@dataclass(frozen=True)
class Demands:
    """The D demands of one rank, and the F edges that can fulfil them, in the order of their demands.

    wanted (D,): thousandths of the goal's unit · edges (F,): of the market · demand (F,): which demand each fulfils
    """

    wanted: Numbers
    edges: Numbers
    demand: Numbers

    @property
    def is_local(self) -> bool:
        """Whether every demand has one edge only."""
        return len(self.wanted) == len(self.edges)


def fulfilled_by(market: Market, demands: Demands, plays: Numbers) -> Numbers:
    """How much of each demand (D,) plays on its edges (F,) fulfil, in thousandths of its goal's unit."""
    return np.bincount(demands.demand, plays * market.worth[demands.edges], len(demands.wanted)).astype(np.int64)


def demand_of_edges(market: Market) -> Numbers:
    """A number for the demand of each edge (E,): that of its order in all, or of its order in its class."""
    each = np.array([order.each is not None for order in market.day.orders], bool)[market.edge_order]
    # Edges of one class and order are adjacent: each change of either begins a new demand of an order on every screen.
    run = np.cumsum((np.diff(market.edge_order, prepend=-1) != 0) | (np.diff(market.edge_class, prepend=-1) != 0))
    return np.asarray(np.where(each, len(market.day.orders) + run, market.edge_order))


def even_plays(market: Market) -> Numbers:
    """Plays of each edge (E,), parts of plays too, were every order alone and spread evenly over its time."""
    space = (market.cell_slots * market.cell_places)[market.edge_cell]
    demand, order = demand_of_edges(market), market.edge_order
    whole = np.bincount(demand, space * market.worth)[demand]
    orders = market.day.orders
    # A share is a part of all time. Plays are spread over the time of their demand; 1000, for worth is in thousandths.
    share = np.array([float(order.share / order.slots) if order.share is not None else 0.0 for order in orders])
    in_all = np.array([float(order.plays or 0) for order in orders])
    each = np.array([float(order.each or 0) for order in orders])
    wanted = in_all[order] + each[order] * market.cell_places[market.edge_cell]
    return np.asarray(space * (share[order] + 1000 * wanted / np.maximum(whole, 1)))


def shares_of(market: Market, rank: Rank) -> Demands:
    """A demand for each edge of an order that bought a share: its part of every cell.

    Spots are rounded along the running sum of a class's day, so that up to every edge of a cell an order has its share
    to within half a spot.
    """
    orders = market.day.orders
    mine = np.array([order.rank == rank and order.share is not None for order in orders], bool)
    edges = np.flatnonzero(mine[market.edge_order])
    wanted = np.zeros(len(edges), np.int64)
    slots = market.cell_slots[market.edge_cell[edges]]
    for number, rows in _rows_by_class(market, edges):
        order = orders[number]
        assert order.share is not None
        rate = order.share / order.slots
        # round(sum · rate) in integers, halves upwards; the differences of the rounded sums never drift apart.
        spots = (2 * np.cumsum(slots[rows]) * rate.numerator + rate.denominator) // (2 * rate.denominator)
        wanted[rows] = np.diff(spots, prepend=0)
    places = market.cell_places[market.edge_cell[edges]]
    return Demands(wanted * places * market.worth[edges], edges, np.arange(len(edges)))


def totals_of(market: Market, rank: Rank) -> Demands:
    """A demand for each order of plays in all, and one in each class for each order of plays on every screen."""
    orders = market.day.orders
    mine = np.array([order.rank == rank and order.share is None for order in orders], bool)
    edges = np.flatnonzero(mine[market.edge_order])
    each = np.array([order.each is not None for order in orders], bool)[market.edge_order[edges]]
    # One number for order and class: class 0 stands for an order in all, so its edges of all classes share a demand.
    key = market.edge_order[edges] + np.where(each, market.edge_class[edges] + 1, 0) * len(orders)
    edges = edges[np.argsort(key, kind="stable")]
    _, first, demand = np.unique(np.sort(key), return_index=True, return_inverse=True)
    wanted = np.array([_total(market, int(edges[row])) for row in first], np.int64)
    return Demands(wanted, edges, demand.astype(np.int64))


def _total(market: Market, edge: int) -> int:
    """The demand that this edge belongs to, in thousandths of its goal's unit."""
    order = market.day.orders[market.edge_order[edge]]
    if order.each is None:
        return 1000 * int(order.plays or 0)
    place_class = market.classes[market.edge_class[edge]]
    spots = promised_spots(order, place_class.profile, market.day.slot_ms)
    return int(1000 * spots * len(place_class.members) * place_class.screens)


class OrderRows(NamedTuple):
    """An order, and the rows of its edges in one class."""

    order: int
    rows: Numbers


def _rows_by_class(market: Market, edges: Numbers) -> Iterable[OrderRows]:
    """The rows of `edges` for each class and order: they are adjacent."""
    keys = np.stack([market.edge_class[edges], market.edge_order[edges]])
    # A new pair of class and order begins wherever one of the two changes between neighbours.
    cuts = np.flatnonzero((np.diff(keys, axis=1) != 0).any(axis=0)) + 1
    for rows in np.split(np.arange(len(edges)), cuts):
        if len(rows):
            yield OrderRows(int(keys[1, rows[0]]), rows)
