"""What found no room pushes others to where there is some: a maximum flow, from what is given already.

Demand → (advertiser, cell) → (category, cell) → cell. The groups nest, so the flow is integral, and its maximum is the
optimum of the linear programme with the separation capacities in it (push-relabel, A. V. Goldberg and R. E. Tarjan,
J. ACM 35 (1988) 921-940, as OR-tools does it).
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import max_flow

from server.planner.allocate.capacity import ENDLESS, Room
from server.planner.allocate.demands import Demands
from server.planner.model.network import Flags, Market, Numbers


def rerouted(market: Market, room: Room, demands: Demands, plays: Numbers, missing: Numbers) -> Numbers:
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
