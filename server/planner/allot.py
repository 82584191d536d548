"""How many plays each order gets in each cell: exact, rank by rank.

Within a rank the question is a flow: demand → (advertiser, cell) → (category, cell) → cell. The groups nest, so the
flow is integral, and its maximum is the optimum of the linear programme with the separation capacities in it (solved
by cost scaling, A. V. Goldberg, J. Algorithms 22 (1997) 1-29, as OR-tools does it). Among the optima the one is taken
that gives everyone alike where not all fits, and that spreads each demand evenly over its cells. What a share asks of
one cell needs no flow: there the groups are a tree, and scaling down from its leaves is exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm
from typing import Any

import numpy as np
from ortools.graph.python import max_flow

from server.planner.compiled import compiled
from server.planner.network import HEADROOM, Flags, Market, Numbers, Rank, wanted_of

# Rounds of spreading what found no room yet over what is free; each leaves a part of what the one before left.
ROUNDS = 8
FINEST_GRAIN = 16
MUCH_LESS = 0.99  # of what a demand had: below it all its edges give up alike
ENDLESS = np.int64(1 << 40)


@dataclass(frozen=True)
class Room:
    """What is left, in grains of a slot: of each cell, and of each (category, cell) and (advertiser, cell).

    layers: for each of the three, the edge's place in it (E,) and what is left there; `plays_left` (E,) is what an
    order's own limits leave of the edge · length (E,): grains of a play
    """

    layers: tuple[tuple[Numbers, Numbers], ...]
    layer_cell: tuple[Numbers, ...]
    plays_left: Numbers
    length: Numbers
    grain: int

    def take(self, edges: Numbers, plays: Numbers) -> None:
        """So many plays on these edges are given out."""
        grains = plays * self.length[edges]
        for place, left in self.layers:
            np.subtract.at(left, place[edges], grains)
        self.plays_left[edges] -= plays

    def cells_left(self, edges: Numbers) -> Numbers:
        """Grains free in each edge's cell."""
        place, left = self.layers[0]
        return np.maximum(left[place[edges]], 0)

    def fits(self, edges: Numbers) -> Numbers:
        """How many plays fit on each edge, were it alone."""
        most = self.plays_left[edges]
        for place, left in self.layers:
            most = np.minimum(most, left[place[edges]] // self.length[edges])
        return np.maximum(most, 0)


@dataclass(frozen=True)
class Demands:
    """Of one rank: `wanted` (D,) in thousandths of its goal's unit; edges (F,) in order of the demand of each."""

    wanted: Numbers
    edges: Numbers
    demand: Numbers


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
            _keep_own(market, room)
        for demands in (shares_of(market, rank), totals_of(market, rank)):
            if not len(demands.edges):
                continue
            order = market.edge_order[demands.edges]
            first = np.unique(demands.demand, return_index=True)[1]
            np.add.at(wanted, order[first], demands.wanted[demands.demand[first]])
            kept = _scaled(room, demands.edges, _still_wanted(market, demands, plays[demands.edges]))
            plays[demands.edges] = (_local if _is_local(demands) else _spread)(market, room, demands, kept)
    met = np.bincount(market.edge_order, plays * market.worth, len(market.day.orders)).astype(np.int64)
    return Allotment(plays, met, wanted, room)


# --- what is wanted


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


def _is_local(demands: Demands) -> bool:
    """Has every demand one edge only?"""
    return len(demands.wanted) == len(demands.edges)


# --- what room there is


def room_of(market: Market, before: Numbers | None = None) -> Room:
    """Everything free. What edges had `before` fits even where it takes some of the headroom."""
    orders = market.day.orders
    grain = min(lcm(1, *(order.slots.denominator for order in orders)), FINEST_GRAIN)
    lengths = np.array([-(-order.slots.numerator * grain // order.slots.denominator) for order in orders], np.int64)
    length = lengths[market.edge_order] if len(orders) else np.zeros(0, np.int64)
    held = (np.zeros_like(length) if before is None else before) * length
    alone = np.bincount(market.edge_cell, minlength=len(market.cell_slots)) <= 1
    cells = (market.edge_cell, market.cell_places * market.cell_slots * grain)
    groups = (
        _pairs(market, market.category, market.day.apart.category, length, held, grain, alone),
        _pairs(market, market.advertiser, market.day.apart.advertiser, length, held, grain, alone),
    )
    return Room(
        layers=(cells, *((place, left) for place, left, _ in groups)),
        layer_cell=(np.arange(len(market.cell_slots)), *(cell for _, _, cell in groups)),
        plays_left=market.edge_most * market.cell_places[market.edge_cell],
        length=length,
        grain=grain,
    )


def _keep_own(market: Market, room: Room) -> None:
    """What venues reserve for their own notices, as far as it is left: nobody of a lower rank has it."""
    left = room.layers[0][1]
    left -= np.minimum(np.maximum(left, 0), market.cell_own * market.cell_places * room.grain)


def _pairs(
    market: Market, group: Numbers, gap: int, length: Numbers, held: Numbers, grain: int, alone: Flags
) -> tuple[Numbers, Numbers, Numbers]:
    """Each edge's (group, cell), what the gap leaves of it in grains, and its cell. The last one never binds."""
    own = group[market.edge_order] if len(group) else np.zeros(0, np.int64)
    key = np.where((own >= 0) & (gap > 0), own * len(market.cell_slots) + market.edge_cell, -1)
    keys, place = np.unique(key, return_inverse=True)
    place = place.astype(np.int64)
    cell = np.where(keys >= 0, keys % max(1, len(market.cell_slots)), -1)
    spots = np.bincount(place, minlength=len(keys))
    # Of spots with unequal lengths the mean decides; what that is off by, the headroom holds.
    mean = np.bincount(place, length, len(keys)) / np.maximum(1, spots)
    stretched = mean + gap * grain
    slots = (market.cell_slots[cell] + gap) * grain * market.cell_places[cell]
    full = np.floor(slots * mean / stretched + 1e-6)
    left = np.where(alone[cell], full, np.floor(slots * float(HEADROOM) * mean / stretched + 1e-6))
    left = np.maximum(left, np.minimum(full, np.bincount(place, held, len(keys)))).astype(np.int64)
    # One spot fits on every place, however short the cell.
    left = np.maximum(left, np.ceil(mean).astype(np.int64) * market.cell_places[cell])
    left[keys < 0] = ENDLESS
    return place, left, cell


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
    had = _met(market, demands, plays)
    part = np.minimum(1.0, demands.wanted / np.maximum(had, 1))[demands.demand]
    kept = np.where(part < MUCH_LESS, np.floor(plays * part + 1e-9), plays).astype(np.int64)
    excess = _met(market, demands, kept) - demands.wanted
    if (excess > 0).any():
        _trim(np.lexsort((-kept, demands.demand)), demands.demand, excess, market.worth[demands.edges], kept)
    return kept


@compiled
def _trim(rows: Numbers, demand: Numbers, excess: Numbers, worth: Numbers, plays: Numbers) -> None:
    for row in rows:
        less = min(max(0, excess[demand[row]]) // worth[row], plays[row])
        plays[row] -= less
        excess[demand[row]] -= less * worth[row]


def _local(market: Market, room: Room, demands: Demands, kept: Numbers) -> Numbers:
    """Demands of one edge each: what they had and what they get beside it."""
    plays = kept + _scaled(room, demands.edges, demands.wanted // market.worth[demands.edges] - kept)
    return plays + _topped_up(market, room, demands, plays)


def _spread(market: Market, room: Room, demands: Demands, kept: Numbers) -> Numbers:
    """Evenly over what is free, again for what found no room, as long as that helps; then whole plays; then exact."""
    plays = kept.copy()
    for turn in range(ROUNDS):
        asked = _asked(market, room, demands, demands.wanted - _met(market, demands, plays), first=turn == 0)
        if not asked.any():
            break
        plays += _scaled(room, demands.edges, asked)
    plays += _topped_up(market, room, demands, plays)
    plays += _coarsened(market, room, demands, plays, kept)
    plays += _topped_up(market, room, demands, plays)
    missing = demands.wanted - _met(market, demands, plays)
    if (missing >= market.worth[demands.edges].min()).any():
        plays += _rerouted(market, room, demands, plays, missing)
        plays += _topped_up(market, room, demands, plays)
    return plays


def _coarsened(market: Market, room: Room, demands: Demands, plays: Numbers, kept: Numbers) -> Numbers:
    """How plays change so that most edges give every place alike: then few places differ, and few days are made.

    Each edge keeps its whole turns round its places. What is over is gathered over the demand's edges and given out
    as whole turns again, to those first that lost most; the last odd plays stay where they were.
    """
    places = market.cell_places[market.edge_cell[demands.edges]]
    odd = np.where(plays == kept, 0, plays % places)
    rows = np.lexsort((-(odd / places), demands.demand)).astype(np.int64)
    room.take(demands.edges, -odd)
    given = np.zeros_like(plays)
    budget = odd * market.worth[demands.edges]
    _give_turns(rows, demands.demand, budget, odd, places, given, *_columns(market, room, demands))
    return given - odd


def _met(market: Market, demands: Demands, plays: Numbers) -> Numbers:
    return np.bincount(demands.demand, plays * market.worth[demands.edges], len(demands.wanted)).astype(np.int64)


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
    return np.asarray(whole - last)


def _rerouted(market: Market, room: Room, demands: Demands, plays: Numbers, missing: Numbers) -> Numbers:
    """How plays change when those that found no room may push others to where there is some: a maximum flow.

    Its arcs are what the plays so far leave, and back what they took, so that nothing given is lost.
    """
    rows = np.flatnonzero(_counts_alike(market, demands)[demands.demand])
    edges, demand = demands.edges[rows], demands.demand[rows]
    net = Net(2 + len(missing))
    heads = _add_groups(net, room, edges, plays[rows] * room.length[edges])
    plays_missing = np.zeros_like(missing)
    plays_missing[demand] = missing[demand] // market.worth[edges] * room.length[edges]
    net.add_arcs(np.zeros(len(missing), np.int64), 2 + np.arange(len(missing)), np.maximum(plays_missing, 0))
    on = net.add_arcs(2 + demand, heads, np.maximum(room.plays_left[edges], 0) * room.length[edges])
    back = net.add_arcs(heads, 2 + demand, plays[rows] * room.length[edges])
    flow = net.solve(source=0, sink=1)
    changed = np.zeros_like(plays)
    changed[rows] = np.floor_divide(flow[on] - flow[back], room.length[edges])
    room.take(demands.edges, changed)
    return changed


def _counts_alike(market: Market, demands: Demands) -> Flags:
    """Demands of which a play counts the same wherever it is: only those can be moved without a loss or a gain."""
    count, worth = len(demands.wanted), market.worth[demands.edges]
    least, most = np.full(count, ENDLESS), np.zeros(count, np.int64)
    np.minimum.at(least, demands.demand, worth)
    np.maximum.at(most, demands.demand, worth)
    return np.asarray(least == most)


class Net:
    """Arcs of a flow, gathered and then solved at once."""

    def __init__(self, nodes: int) -> None:
        self.nodes, self.count = nodes, 0
        self.parts: list[tuple[Numbers, Numbers, Numbers]] = []

    def add_nodes(self, count: int) -> Numbers:
        self.nodes += count
        return np.arange(self.nodes - count, self.nodes)

    def add_arcs(self, tails: Numbers, heads: Numbers, limits: Numbers) -> Numbers:
        """The numbers of the new arcs."""
        self.parts.append((tails, heads, limits))
        self.count += len(tails)
        return np.arange(self.count - len(tails), self.count)

    def solve(self, *, source: int, sink: int) -> Numbers:
        """The flow on each arc."""
        tails, heads, limits = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        flow = max_flow.SimpleMaxFlow()
        arcs = flow.add_arcs_with_capacity(tails.astype(np.int32), heads.astype(np.int32), limits)
        if flow.solve(source, sink) != flow.OPTIMAL:
            raise AssertionError("a maximum flow always exists")
        return np.asarray(flow.flows(arcs), np.int64)


def _add_groups(net: Net, room: Room, edges: Numbers, given: Numbers) -> Numbers:
    """Nodes for cells and groups, with what is left of each and back what was given; where each edge enters, (F,)."""
    heads = np.ones(len(edges), np.int64)
    for number, (place, left) in enumerate(room.layers):
        # Those that keep apart from nobody enter the next layer at once: they share a place, but no cell.
        apart = np.flatnonzero(room.layer_cell[number][place[edges]] >= 0)
        used, row, place_of = np.unique(place[edges[apart]], return_index=True, return_inverse=True)
        node = net.add_nodes(len(used))
        into = heads[apart[row]]
        net.add_arcs(node, into, np.minimum(np.maximum(left[used], 0), ENDLESS))
        if number:
            net.add_arcs(into, node, np.bincount(place_of, given[apart], len(used)).astype(np.int64))
        heads[apart] = node[place_of]
    return heads


def _topped_up(market: Market, room: Room, demands: Demands, plays: Numbers) -> Numbers:
    """Whole plays for what rounding left over, where they fit; of each demand the emptiest edges first."""
    edges = demands.edges
    missing = demands.wanted - _met(market, demands, plays)
    if not (missing > 0).any():
        return np.zeros(len(edges), np.int64)
    rows = np.lexsort((-room.fits(edges), demands.demand))
    rows = rows[(missing > 0)[demands.demand[rows]]].astype(np.int64)
    more = np.zeros(len(edges), np.int64)
    _top_up(rows, demands.demand, missing, more, *_columns(market, room, demands))
    return more


Columns = tuple[Any, ...]


def _columns(market: Market, room: Room, demands: Demands) -> Columns:
    """What the loops below need of each row: they give plays out and take them from the room, row after row."""
    edges = demands.edges
    layers = [column for place, left in room.layers for column in (place[edges], left)]
    return edges, market.worth[edges], room.length[edges], room.plays_left, *layers


@compiled
def _give_turns(
    rows: Numbers, demand: Numbers, budget: Numbers, odd: Numbers, places: Numbers, given: Numbers, edges: Numbers,
    worth: Numbers, length: Numbers, plays_left: Numbers, cell: Numbers, cell_left: Numbers, category: Numbers,
    category_left: Numbers, advertiser: Numbers, advertiser_left: Numbers,
) -> None:  # fmt: skip
    left = np.zeros(len(rows), np.int64)
    for row in rows:
        left[demand[row]] += budget[row]
    for turn in range(2):
        for row in rows:
            most = places[row] if turn == 0 else odd[row]
            if given[row] or not odd[row] or (turn == 0 and left[demand[row]] < most * worth[row]):
                continue
            plays = min(
                plays_left[edges[row]], left[demand[row]] // worth[row], cell_left[cell[row]] // length[row],
                category_left[category[row]] // length[row], advertiser_left[advertiser[row]] // length[row], most,
            )  # fmt: skip
            if plays <= 0 or (turn == 0 and plays < most):
                continue
            given[row] = plays
            left[demand[row]] -= plays * worth[row]
            plays_left[edges[row]] -= plays
            cell_left[cell[row]] -= plays * length[row]
            category_left[category[row]] -= plays * length[row]
            advertiser_left[advertiser[row]] -= plays * length[row]


@compiled
def _top_up(
    rows: Numbers, demand: Numbers, missing: Numbers, more: Numbers, edges: Numbers, worth: Numbers, length: Numbers,
    plays_left: Numbers, cell: Numbers, cell_left: Numbers, category: Numbers, category_left: Numbers,
    advertiser: Numbers, advertiser_left: Numbers,
) -> None:  # fmt: skip
    for row in rows:
        plays = min(
            plays_left[edges[row]], missing[demand[row]] // worth[row], cell_left[cell[row]] // length[row],
            category_left[category[row]] // length[row], advertiser_left[advertiser[row]] // length[row],
        )  # fmt: skip
        if plays <= 0:
            continue
        more[row] += plays
        missing[demand[row]] -= plays * worth[row]
        plays_left[edges[row]] -= plays
        cell_left[cell[row]] -= plays * length[row]
        category_left[category[row]] -= plays * length[row]
        advertiser_left[advertiser[row]] -= plays * length[row]
