"""Whole plays, and whole turns round a cell's places, where they fit: one edge after another.

Rounding leaves every demand a little over. Given out blindly it would make every place's day a little different; so it
is gathered and given out again as whole turns, in which each place of a cell gets one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.allocate.capacity import Room
from server.planner.allocate.demands import Demands, met_of
from server.planner.model.compiled import compiled
from server.planner.model.network import Market, Numbers


class Rows(NamedTuple):
    """The edges of demands, a row each (F,), and what is left where they are; `plays_left` and `…_left` change.

    edge, demand, worth, length · cell, category, advertiser: the row's place in each layer of the room
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


def coarsened(market: Market, room: Room, demands: Demands, plays: Numbers, kept: Numbers) -> Numbers:
    """How plays change so that most edges give every place alike: then few places differ, and few days are made.

    Each edge keeps its whole turns round its places. What is over is gathered over the demand's edges and given out
    as whole turns again, to those first that lost most; the last odd plays stay where they were.
    """
    places = market.cell_places[market.edge_cell[demands.edges]]
    odd = np.where(plays == kept, 0, plays % places)
    order = np.lexsort((-(odd / places), demands.demand)).astype(np.int64)
    room.take(demands.edges, -odd)
    over = np.bincount(demands.demand, odd * market.worth[demands.edges], len(demands.wanted)).astype(np.int64)
    given = np.zeros_like(plays)
    _give_turns(order, over, odd, places, given, _rows(market, room, demands))
    return given - odd


def topped_up(market: Market, room: Room, demands: Demands, plays: Numbers) -> Numbers:
    """Whole plays for what rounding left over, where they fit; of each demand the emptiest edges first."""
    missing = demands.wanted - met_of(market, demands, plays)
    more = np.zeros_like(plays)
    if (missing > 0).any():
        order = np.lexsort((-room.fits(demands.edges), demands.demand)).astype(np.int64)
        _top_up(order[(missing > 0)[demands.demand[order]]], missing, more, _rows(market, room, demands))
    return more


def trimmed(market: Market, demands: Demands, plays: Numbers, excess: Numbers) -> Numbers:
    """What is left of plays when each demand gives up its excess, the fullest edges first."""
    left = plays.copy()
    order = np.lexsort((-plays, demands.demand)).astype(np.int64)
    _trim(order, demands.demand, excess.copy(), market.worth[demands.edges], left)
    return left


def _rows(market: Market, room: Room, demands: Demands) -> Rows:
    edges = demands.edges
    layers = [column for place, left in room.layers for column in (place[edges], left)]
    return Rows(edges, demands.demand, market.worth[edges], room.length[edges], room.plays_left, *layers)


@compiled
def _give_turns(order: Numbers, over: Numbers, odd: Numbers, places: Numbers, given: Numbers, rows: Rows) -> None:
    for row in order:
        turn = places[row]
        if odd[row] and over[rows.demand[row]] >= turn * rows.worth[row] and _fitting(row, rows) >= turn:
            given[row] = turn
            over[rows.demand[row]] -= turn * rows.worth[row]
            _take(row, turn, rows)
    for row in order:
        if odd[row] and not given[row]:
            given[row] = min(odd[row], _fitting(row, rows), over[rows.demand[row]] // rows.worth[row])
            over[rows.demand[row]] -= given[row] * rows.worth[row]
            _take(row, given[row], rows)


@compiled
def _top_up(order: Numbers, missing: Numbers, more: Numbers, rows: Rows) -> None:
    for row in order:
        plays = min(_fitting(row, rows), missing[rows.demand[row]] // rows.worth[row])
        more[row] = plays
        missing[rows.demand[row]] -= plays * rows.worth[row]
        _take(row, plays, rows)


@compiled
def _trim(order: Numbers, demand: Numbers, excess: Numbers, worth: Numbers, plays: Numbers) -> None:
    for row in order:
        less = min(max(0, excess[demand[row]]) // worth[row], plays[row])
        plays[row] -= less
        excess[demand[row]] -= less * worth[row]


@compiled
def _fitting(row: int, rows: Rows) -> int:
    """How many plays fit on the row's edge."""
    grains = min(
        rows.cell_left[rows.cell[row]],
        rows.category_left[rows.category[row]],
        rows.advertiser_left[rows.advertiser[row]],
    )
    return int(max(0, min(rows.plays_left[rows.edge[row]], grains // rows.length[row])))


@compiled
def _take(row: int, plays: int, rows: Rows) -> None:
    rows.plays_left[rows.edge[row]] -= plays
    rows.cell_left[rows.cell[row]] -= plays * rows.length[row]
    rows.category_left[rows.category[row]] -= plays * rows.length[row]
    rows.advertiser_left[rows.advertiser[row]] -= plays * rows.length[row]
