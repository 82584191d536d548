"""How many plays each order gets in each cell: exact, rank by rank.

A demand is first spread evenly over its cells, and then again what found no capacity, so that all orders lose alike
where there is too little (`_allot_evenly`). Plays that are still missing are rerouted, which makes the result a maximum
(reroute.py). A share's demand in one cell needs no flow: its groups form a tree there, and scaling down from the leaves
is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.planner.allocate.capacity import Capacity, capacity_of, set_own_time_aside
from server.planner.allocate.demands import Demands, fulfilled_by, shares_of, totals_of
from server.planner.allocate.reroute import reroute_missing
from server.planner.allocate.rounding import regroup_turns, top_up, trim
from server.planner.model.arrays import Numbers
from server.planner.model.market import Market
from server.planner.model.network import Rank

# Rounds of spreading what found no capacity over what is free; each leaves a part of what the one before left.
ROUNDS = 8
MUCH_LESS = 0.99  # of what a demand had before: below this part, all its edges are reduced in proportion


@dataclass(frozen=True)
class Allotment:
    """plays (E,): on all places of the edge's cell together · fulfilled, wanted (orders,): thousandths of the goal's
    unit · capacity: what is left of it
    """

    plays: Numbers
    fulfilled: Numbers
    wanted: Numbers
    capacity: Capacity


def allot(market: Market, before: Numbers | None = None) -> Allotment:
    """Every order's plays by cell, the higher rank first. The same market gives the same numbers on every machine.

    Edges keep the plays that they had `before` (E,), as far as these are still wanted and no higher rank needs the
    capacity.
    """
    capacity = capacity_of(market, before)
    plays = np.zeros(len(market.edge_cell), np.int64) if before is None else before.copy()
    wanted = np.zeros(len(market.day.orders), np.int64)
    for rank in Rank:
        if rank == Rank.OWN:
            set_own_time_aside(market, capacity)
        for demands in (shares_of(market, rank), totals_of(market, rank)):
            if not len(demands.edges):
                continue
            order = market.edge_order[demands.edges]
            first = np.unique(demands.demand, return_index=True)[1]
            np.add.at(wanted, order[first], demands.wanted[demands.demand[first]])
            kept = _take_scaled(capacity, demands.edges, _reduced_to_wanted(market, demands, plays[demands.edges]))
            allot_demands = _allot_cell_by_cell if demands.is_local else _allot_evenly
            plays[demands.edges] = allot_demands(market, capacity, demands, kept)
    fulfilled = np.bincount(market.edge_order, plays * market.worth, len(market.day.orders)).astype(np.int64)
    return Allotment(plays, fulfilled, wanted, capacity)


def _take_scaled(capacity: Capacity, edges: Numbers, plays: Numbers) -> Numbers:
    """Take as many of these plays as fit: every group, from the leaves to the root, scales its plays to its capacity.

    A group is a tree of advertiser, category and cell, so an edge passes three scalings, each of which can only reduce
    it. The summand of 1e-9 keeps a quotient that is whole from being rounded down to the number below.
    """
    grains = np.minimum(plays, capacity.plays_left[edges]) * capacity.length[edges]
    for place, left in reversed(capacity.layers):
        requested = np.bincount(place[edges], grains, len(left)).astype(np.int64)
        part = np.minimum(1.0, np.maximum(left, 0) / np.maximum(requested, 1))
        grains = np.floor(grains * part[place[edges]] + 1e-9).astype(np.int64)
    taken = grains // capacity.length[edges]
    capacity.take(edges, taken)
    return taken


def _reduced_to_wanted(market: Market, demands: Demands, plays: Numbers) -> Numbers:
    """The plays that edges had, reduced where a demand wants fewer now.

    If it wants much less, all its edges give up the same part; if a few plays less, the fullest edges give them up, so
    that most places keep their day.
    """
    had, play = fulfilled_by(market, demands, plays), np.zeros_like(demands.wanted)
    np.maximum.at(play, demands.demand, market.worth[demands.edges])
    much_less = (demands.wanted < MUCH_LESS * had) & (had - demands.wanted >= play)
    part = (demands.wanted / np.maximum(had, 1))[demands.demand]
    kept = np.where(much_less[demands.demand], np.floor(plays * part + 1e-9), plays).astype(np.int64)
    excess = fulfilled_by(market, demands, kept) - demands.wanted
    return trim(market, demands, kept, excess) if (excess > 0).any() else kept


def _allot_cell_by_cell(market: Market, capacity: Capacity, demands: Demands, kept: Numbers) -> Numbers:
    """The plays of demands of one edge each: those that they keep, and those that they get beside them."""
    plays = kept + _take_scaled(capacity, demands.edges, demands.wanted // market.worth[demands.edges] - kept)
    return plays + top_up(market, capacity, demands, plays)


def _allot_evenly(market: Market, capacity: Capacity, demands: Demands, kept: Numbers) -> Numbers:
    """The plays of demands of many edges: spread evenly, rounded to whole plays, and made a maximum.

    Each round spreads what is missing over what is free, as long as that helps. Capacity is taken with every step, so
    `capacity` and the plays agree throughout.
    """
    plays = kept.copy()
    for turn in range(ROUNDS):
        missing = demands.wanted - fulfilled_by(market, demands, plays)
        requested = _spread(market, capacity, demands, missing, first=turn == 0)
        if not requested.any():
            break
        plays += _take_scaled(capacity, demands.edges, requested)
    # Where a play's worth differs between edges, rounding may have given too much.
    excess = plays - trim(market, demands, plays, fulfilled_by(market, demands, plays) - demands.wanted)
    capacity.take(demands.edges, -excess)
    plays -= excess
    plays += top_up(market, capacity, demands, plays)
    plays += regroup_turns(market, capacity, demands, plays, kept)
    plays += top_up(market, capacity, demands, plays)
    missing = demands.wanted - fulfilled_by(market, demands, plays)
    if (missing >= market.worth[demands.edges].min()).any():
        plays += reroute_missing(market, capacity, demands, plays, missing)
        plays += top_up(market, capacity, demands, plays)
    return plays


def _spread(market: Market, capacity: Capacity, demands: Demands, missing: Numbers, *, first: bool) -> Numbers:
    """Plays on each edge (F,) that together would make up for what is missing, in proportion to what is free there.

    In the first round the time of the cell counts as free, in later ones only what all of the edge's limits leave.
    """
    edges, demand = demands.edges, demands.demand
    free = capacity.cell_grains(edges) // capacity.length[edges] if first else capacity.fitting_plays(edges)
    worth = np.maximum(np.bincount(demand, free * market.worth[edges], len(missing)), 1)
    part = np.maximum(missing, 0) / worth
    # Rounded along the running sum of each demand, so that many small parts do not all become 0 and no demand gets more
    # than is missing.
    begins = np.flatnonzero(np.diff(demand, prepend=-1))
    sums = np.cumsum(free * part[demand])
    before = np.concatenate([[0.0], sums])[begins]
    whole = np.floor(sums - np.repeat(before, np.diff(begins, append=len(sums))) + 1e-6).astype(np.int64)
    last = np.concatenate([[0], whole[:-1]])
    last[begins] = 0
    # Nor does one edge get more whose plays count more than is missing.
    return np.asarray(np.minimum(whole - last, np.maximum(missing, 0)[demand] // market.worth[edges]))
