"""Whole plays, and whole turns round a cell's places, where they fit: one edge after another.

Rounding leaves every demand a few plays over. Given out blindly they would make every place's day a little different.
So they are collected, and given out again as whole turns, in which each place of a cell gets one: places whose days are
equal share one table (`plan`), and a turn changes all of them alike.

All loops here are greedy and run in an order that is fixed by sorting, so equal inputs give equal results.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.allocate.capacity import Capacity
from server.planner.allocate.demands import Demands, fulfilled_by
from server.planner.model.arrays import Numbers
from server.planner.model.compiled import compiled
from server.planner.model.market import Market


class Rows(NamedTuple):
    """The edges of demands, one row each (F,), and what is left where they are. The loops change `…_left`.

    edge, demand, worth, length: of the row · cell, category, advertiser: the row's index in each layer of the capacity
    plays_left (E,), cell_left, category_left, advertiser_left: the capacity's own arrays, not copies
    """

    edge: Numbers
    demand: Numbers
    worth: Numbers
    length: Numbers
    plays_left: Numbers
    cell: Numbers
    cell_left: Numbers
    category: Numbers
    category_left: Numbers
    advertiser: Numbers
    advertiser_left: Numbers


def regroup_turns(market: Market, capacity: Capacity, demands: Demands, plays: Numbers, kept: Numbers) -> Numbers:
    """The change of plays (F,) after which most edges give every place alike, so that few different days are planned.

    Each edge keeps its whole turns round its places. The plays over are summed over the demand's edges and given out
    as whole turns, first to the edges that gave up most of a turn; the last odd plays stay where they were. Edges whose
    plays are just those that they `kept` from before are left alone.
    """
    places = market.cell_places[market.edge_cell[demands.edges]]
    # The odd plays are what remains of the whole turns. They are taken off here and given out again below.
    odd = np.where(plays == kept, 0, plays % places)
    order = np.lexsort((-(odd / places), demands.demand)).astype(np.int64)
    # Their capacity is free while they are collected: `_give_turns` takes it anew for each turn and single play.
    capacity.take(demands.edges, -odd)
    over = np.bincount(demands.demand, odd * market.worth[demands.edges], len(demands.wanted)).astype(np.int64)
    given = np.zeros_like(plays)
    _give_turns(order, over, odd, places, given, _rows(market, capacity, demands))
    return given - odd


def top_up(market: Market, capacity: Capacity, demands: Demands, plays: Numbers) -> Numbers:
    """The whole plays (F,) to add for what rounding left missing, where they fit; of each demand the emptiest edges
    first. Their capacity is taken."""
    # In thousandths of the goal's unit, as `worth` is: a play of an edge may count more than one impression.
    missing = demands.wanted - fulfilled_by(market, demands, plays)
    more = np.zeros_like(plays)
    if (missing > 0).any():
        order = np.lexsort((-capacity.fitting_plays(demands.edges), demands.demand)).astype(np.int64)
        _top_up(order[(missing > 0)[demands.demand[order]]], missing, more, _rows(market, capacity, demands))
    return more


def trim(market: Market, demands: Demands, plays: Numbers, excess: Numbers) -> Numbers:
    """The plays that remain when each demand gives up its excess, from its fullest edges first. Takes no capacity."""
    remaining = plays.copy()
    order = np.lexsort((-plays, demands.demand)).astype(np.int64)
    _trim(order, demands.demand, excess.copy(), market.worth[demands.edges], remaining)
    return remaining


def _rows(market: Market, capacity: Capacity, demands: Demands) -> Rows:
    edges = demands.edges
    layers = [column for place, left in capacity.layers for column in (place[edges], left)]
    return Rows(edges, demands.demand, market.worth[edges], capacity.length[edges], capacity.plays_left, *layers)


@compiled
def _give_turns(order: Numbers, over: Numbers, odd: Numbers, places: Numbers, given: Numbers, rows: Rows) -> None:
    """Give whole turns in this order of rows; then give single plays back to the rows that got no turn.

    over (D,): what each demand has to give out, in thousandths of its unit; it never falls below 0
    """
    for row in order:
        turn = places[row]
        if odd[row] and over[rows.demand[row]] >= turn * rows.worth[row] and _fitting_plays(row, rows) >= turn:
            given[row] = turn
            over[rows.demand[row]] -= turn * rows.worth[row]
            _take(row, turn, rows)
    # The rest goes back as single plays to rows that got no turn: the days of their places were unequal before.
    for row in order:
        if odd[row] and not given[row]:
            given[row] = min(odd[row], _fitting_plays(row, rows), over[rows.demand[row]] // rows.worth[row])
            over[rows.demand[row]] -= given[row] * rows.worth[row]
            _take(row, given[row], rows)


@compiled
def _top_up(order: Numbers, missing: Numbers, more: Numbers, rows: Rows) -> None:
    for row in order:
        plays = min(_fitting_plays(row, rows), missing[rows.demand[row]] // rows.worth[row])
        more[row] = plays
        missing[rows.demand[row]] -= plays * rows.worth[row]
        _take(row, plays, rows)


@compiled
def _trim(order: Numbers, demand: Numbers, excess: Numbers, worth: Numbers, plays: Numbers) -> None:
    for row in order:
        # Rounded down: a demand never falls below its goal, so up to one play of excess may stay.
        less = min(max(0, excess[demand[row]]) // worth[row], plays[row])
        plays[row] -= less
        excess[demand[row]] -= less * worth[row]


@compiled
def _fitting_plays(row: int, rows: Rows) -> int:
    """How many plays fit on the row's edge now."""
    # A play takes time of its cell, of its category there and of its advertiser there; the tightest of them decides.
    grains = min(
        rows.cell_left[rows.cell[row]],
        rows.category_left[rows.category[row]],
        rows.advertiser_left[rows.advertiser[row]],
    )
    return int(max(0, min(rows.plays_left[rows.edge[row]], grains // rows.length[row])))


@compiled
def _take(row: int, plays: int, rows: Rows) -> None:
    """As `Capacity.take`, of one row."""
    rows.plays_left[rows.edge[row]] -= plays
    rows.cell_left[rows.cell[row]] -= plays * rows.length[row]
    rows.category_left[rows.category[row]] -= plays * rows.length[row]
    rows.advertiser_left[rows.advertiser[row]] -= plays * rows.length[row]
