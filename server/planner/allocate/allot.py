"""How many plays each order gets in each cell: exact, rank by rank.

A demand is first spread evenly over its cells, and again what found no room, so that of too little everyone gets alike
(`_spread`); what is missing then is rerouted, which makes it a maximum (reroute.py). What a share asks of one cell
needs no flow: there the groups are a tree, and scaling down from its leaves is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.planner.allocate.capacity import Room, keep_own, room_of
from server.planner.allocate.demands import Demands, met_of, shares_of, totals_of
from server.planner.allocate.reroute import rerouted
from server.planner.allocate.rounding import coarsened, topped_up, trimmed
from server.planner.model.network import Market, Numbers, Rank

# Rounds of spreading what found no room yet over what is free; each leaves a part of what the one before left.
ROUNDS = 8
MUCH_LESS = 0.99  # of what a demand had: below it all its edges give up alike


@dataclass(frozen=True)
class Allotment:
    """plays (E,): on all places of the edge's cell together · met, wanted (orders,): thousandths of the goal's unit."""

    plays: Numbers
    met: Numbers
    wanted: Numbers
    room: Room


def allot(market: Market, before: Numbers | None = None) -> Allotment:
    """Every order's plays by cell, the higher rank first. The same market gives the same numbers everywhere.

    What edges had `before` (E,) they keep, as far as it is still wanted and no higher rank needs the room.
    """
    room = room_of(market, before)
    plays = np.zeros(len(market.edge_cell), np.int64) if before is None else before.copy()
    wanted = np.zeros(len(market.day.orders), np.int64)
    for rank in Rank:
        if rank == Rank.OWN:
            keep_own(market, room)
        for demands in (shares_of(market, rank), totals_of(market, rank)):
            if not len(demands.edges):
                continue
            order = market.edge_order[demands.edges]
            first = np.unique(demands.demand, return_index=True)[1]
            np.add.at(wanted, order[first], demands.wanted[demands.demand[first]])
            kept = _scaled(room, demands.edges, _still_wanted(market, demands, plays[demands.edges]))
            plays[demands.edges] = (_local if demands.is_local else _spread)(market, room, demands, kept)
    met = np.bincount(market.edge_order, plays * market.worth, len(market.day.orders)).astype(np.int64)
    return Allotment(plays, met, wanted, room)


# --- who gets it


def _scaled(room: Room, edges: Numbers, plays: Numbers) -> Numbers:
    """Every group, from the leaves down, scales what is asked of it to what it has; what is given is taken."""
    grains = np.minimum(plays, room.plays_left[edges]) * room.length[edges]
    for place, left in reversed(room.layers):
        asked = np.bincount(place[edges], grains, len(left)).astype(np.int64)
        part = np.minimum(1.0, np.maximum(left, 0) / np.maximum(asked, 1))
        grains = np.floor(grains * part[place[edges]] + 1e-9).astype(np.int64)
    given = grains // room.length[edges]
    room.take(edges, given)
    return given


def _still_wanted(market: Market, demands: Demands, plays: Numbers) -> Numbers:
    """What edges had, less where a demand wants less: much less is taken evenly, a few plays from the fullest edges."""
    had, play = met_of(market, demands, plays), np.zeros_like(demands.wanted)
    np.maximum.at(play, demands.demand, market.worth[demands.edges])
    much_less = (demands.wanted < MUCH_LESS * had) & (had - demands.wanted >= play)
    part = (demands.wanted / np.maximum(had, 1))[demands.demand]
    kept = np.where(much_less[demands.demand], np.floor(plays * part + 1e-9), plays).astype(np.int64)
    excess = met_of(market, demands, kept) - demands.wanted
    return trimmed(market, demands, kept, excess) if (excess > 0).any() else kept


def _local(market: Market, room: Room, demands: Demands, kept: Numbers) -> Numbers:
    """Demands of one edge each: what they had and what they get beside it."""
    plays = kept + _scaled(room, demands.edges, demands.wanted // market.worth[demands.edges] - kept)
    return plays + topped_up(market, room, demands, plays)


def _spread(market: Market, room: Room, demands: Demands, kept: Numbers) -> Numbers:
    """Evenly over what is free, again for what found no room, as long as that helps; then whole plays; then exact."""
    plays = kept.copy()
    for turn in range(ROUNDS):
        asked = _asked(market, room, demands, demands.wanted - met_of(market, demands, plays), first=turn == 0)
        if not asked.any():
            break
        plays += _scaled(room, demands.edges, asked)
    # Where a play does not count the same everywhere, rounding may have given too much.
    excess = plays - trimmed(market, demands, plays, met_of(market, demands, plays) - demands.wanted)
    room.take(demands.edges, -excess)
    plays -= excess
    plays += topped_up(market, room, demands, plays)
    plays += coarsened(market, room, demands, plays, kept)
    plays += topped_up(market, room, demands, plays)
    missing = demands.wanted - met_of(market, demands, plays)
    if (missing >= market.worth[demands.edges].min()).any():
        plays += rerouted(market, room, demands, plays, missing)
        plays += topped_up(market, room, demands, plays)
    return plays


def _asked(market: Market, room: Room, demands: Demands, missing: Numbers, *, first: bool) -> Numbers:
    """Plays on each edge that would together meet what is missing, in proportion to what is free there."""
    edges, demand = demands.edges, demands.demand
    free = room.cells_left(edges) // room.length[edges] if first else room.fits(edges)
    worth = np.maximum(np.bincount(demand, free * market.worth[edges], len(missing)), 1)
    part = np.maximum(missing, 0) / worth
    # Rounded along each demand, so that small parts do not all become nothing and no demand gets more than it asks.
    begins = np.flatnonzero(np.diff(demand, prepend=-1))
    sums = np.cumsum(free * part[demand])
    before = np.concatenate([[0.0], sums])[begins]
    whole = np.floor(sums - np.repeat(before, np.diff(begins, append=len(sums))) + 1e-6).astype(np.int64)
    last = np.concatenate([[0], whole[:-1]])
    last[begins] = 0
    # Nor does one edge whose plays count more than is missing.
    return np.asarray(np.minimum(whole - last, np.maximum(missing, 0)[demand] // market.worth[edges]))
