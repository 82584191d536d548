"""What is wanted of a day, rank by rank: of each cell, of each screen, or of all of them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from server.planner.model.network import Market, Numbers, Rank, wanted_of


@dataclass(frozen=True)
class Demands:
    """Of one rank: `wanted` (D,) in thousandths of its goal's unit; edges (F,) in order of the demand of each."""

    wanted: Numbers
    edges: Numbers
    demand: Numbers

    @property
    def is_local(self) -> bool:
        """Has every demand one edge only?"""
        return len(self.wanted) == len(self.edges)


def met_of(market: Market, demands: Demands, plays: Numbers) -> Numbers:
    """What plays on its edges give each demand, in thousandths of its goal's unit."""
    return np.bincount(demands.demand, plays * market.worth[demands.edges], len(demands.wanted)).astype(np.int64)


def demands_of(market: Market) -> Numbers:
    """Of each edge, what it meets together with others: its order's plays in all, or those of its order in a class."""
    each = np.array([one.each is not None for one in market.day.orders], bool)[market.edge_order]
    run = np.cumsum((np.diff(market.edge_order, prepend=-1) != 0) | (np.diff(market.edge_class, prepend=-1) != 0))
    return np.asarray(np.where(each, len(market.day.orders) + run, market.edge_order))


def even_plays(market: Market) -> Numbers:
    """Plays of each edge (E,), parts of plays too, were every order spread evenly over its time with nobody beside."""
    space = (market.cell_slots * market.cell_places)[market.edge_cell]
    demand, order = demands_of(market), market.edge_order
    whole = np.bincount(demand, space * market.worth)[demand]
    orders = market.day.orders
    share = np.array([float(one.share / one.slots) if one.share is not None else 0.0 for one in orders])
    in_all = np.array([float(one.plays or 0) for one in orders])
    each = np.array([float(one.each or 0) for one in orders])
    wanted = in_all[order] + each[order] * market.cell_places[market.edge_cell]
    return np.asarray(space * (share[order] + 1000 * wanted / np.maximum(whole, 1)))


def shares_of(market: Market, rank: Rank) -> Demands:
    """A share wants its part of every cell, and of each class's day no more than half a spot off."""
    orders = market.day.orders
    mine = np.array([order.rank == rank and order.share is not None for order in orders], bool)
    edges = np.flatnonzero(mine[market.edge_order])
    wanted = np.zeros(len(edges), np.int64)
    slots = market.cell_slots[market.edge_cell[edges]]
    for (_, number), rows in _by_class(market, edges):
        order = orders[number]
        assert order.share is not None
        rate = order.share / order.slots
        spots = (2 * np.cumsum(slots[rows]) * rate.numerator + rate.denominator) // (2 * rate.denominator)
        wanted[rows] = np.diff(spots, prepend=0)
    return Demands(wanted * _places(market, edges) * market.worth[edges], edges, np.arange(len(edges)))


def totals_of(market: Market, rank: Rank) -> Demands:
    """A demand for each order that wants plays in all, and one in each class for plays on every screen."""
    orders = market.day.orders
    mine = np.array([order.rank == rank and order.share is None for order in orders], bool)
    edges = np.flatnonzero(mine[market.edge_order])
    each = np.array([order.each is not None for order in orders], bool)[market.edge_order[edges]]
    key = market.edge_order[edges] + np.where(each, market.edge_class[edges] + 1, 0) * len(orders)
    edges = edges[np.argsort(key, kind="stable")]
    _, first, demand = np.unique(np.sort(key), return_index=True, return_inverse=True)
    wanted = np.array([_total(market, int(edges[row])) for row in first], np.int64)
    return Demands(wanted, edges, demand.astype(np.int64))


def _total(market: Market, edge: int) -> int:
    order = market.day.orders[market.edge_order[edge]]
    if order.each is None:
        return 1000 * int(order.plays or 0)
    one = market.classes[market.edge_class[edge]]
    return int(1000 * wanted_of(order, one.profile, market.day.slot_ms) * len(one.members) * one.screens)


def _by_class(market: Market, edges: Numbers) -> Iterable[tuple[tuple[int, int], Numbers]]:
    """Rows of `edges` for each class and order: they follow each other."""
    keys = np.stack([market.edge_class[edges], market.edge_order[edges]])
    cuts = np.flatnonzero((np.diff(keys, axis=1) != 0).any(axis=0)) + 1
    for rows in np.split(np.arange(len(edges)), cuts):
        if len(rows):
            yield (int(keys[0, rows[0]]), int(keys[1, rows[0]])), rows


def _places(market: Market, edges: Numbers) -> Numbers:
    return market.cell_places[market.edge_cell[edges]]
