"""Reroute plays: orders that found no capacity push others to where there is some, by a maximum flow.

Demand → (advertiser, cell) → (category, cell) → cell. The groups nest, so the flow is integral, and its maximum is the
optimum of the linear programme with the separation capacities in it (push-relabel, A. V. Goldberg and R. E. Tarjan,
J. ACM 35 (1988) 921-940, as OR-tools implements it).

The flow does not start from nothing. Its network is the residual network of the plays so far: an arc forward for what
is left, an arc back for what was given. A path from a demand that lacks plays may so run back along another's plays and
on to a free cell. No demand loses by it, for as much flows out of its node as into it.
"""

from __future__ import annotations

import numpy as np
from ortools.graph.python import max_flow

from server.planner.allocate.capacity import CELL, UNLIMITED, Capacity
from server.planner.allocate.demands import Demands
from server.planner.model.arrays import Flags, Numbers
from server.planner.model.market import Market


def reroute_missing(market: Market, capacity: Capacity, demands: Demands, plays: Numbers, missing: Numbers) -> Numbers:
    """The change of plays (F,) by which as much as possible of what is missing (D,) is found; it is taken at once.

    Flows count grains. Spots of different lengths may leave an edge with parts of a play, which are rounded down; the
    caller tops up what that frees.
    """
    rows = np.flatnonzero(_counts_alike(market, demands)[demands.demand])
    edges, demand = demands.edges[rows], demands.demand[rows]
    # Nodes: 0 is the source, 1 the sink, then one of each demand, then those that `_add_groups` adds.
    source, sink, first_demand = 0, 1, 2
    network = FlowNetwork(first_demand + len(missing))
    entries = _add_groups(network, sink, capacity, edges, plays[rows] * capacity.length[edges])
    supply = np.zeros_like(missing)
    supply[demand] = missing[demand] // market.worth[edges] * capacity.length[edges]
    sources = np.full(len(missing), source, np.int64)
    network.add_arcs(sources, first_demand + np.arange(len(missing)), np.maximum(supply, 0))
    tails, limits = first_demand + demand, np.maximum(capacity.plays_left[edges], 0) * capacity.length[edges]
    forward = network.add_arcs(tails, entries, limits)
    back = network.add_arcs(entries, tails, plays[rows] * capacity.length[edges])
    flow = network.solve(source=source, sink=sink)
    changed = np.zeros_like(plays)
    changed[rows] = np.floor_divide(flow[forward] - flow[back], capacity.length[edges])
    capacity.take(demands.edges, changed)
    return changed


def _counts_alike(market: Market, demands: Demands) -> Flags:
    """Of each demand (D,), whether a play counts the same on all its edges: only then can plays move without a loss."""
    count, worth = len(demands.wanted), market.worth[demands.edges]
    least, most = np.full(count, UNLIMITED), np.zeros(count, np.int64)
    np.minimum.at(least, demands.demand, worth)
    np.maximum.at(most, demands.demand, worth)
    return np.asarray(least == most)


class FlowNetwork:
    """Nodes and arcs, collected in columns and solved in one call."""

    def __init__(self, nodes: int) -> None:
        self.nodes, self.count = nodes, 0
        self.parts: list[tuple[Numbers, Numbers, Numbers]] = []

    def add_nodes(self, count: int) -> Numbers:
        """The numbers of the new nodes."""
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


def _add_groups(network: FlowNetwork, sink: int, capacity: Capacity, edges: Numbers, given: Numbers) -> Numbers:
    """Add nodes for cells and groups, from the sink upwards; returns the node at which each edge enters (F,).

    Between a group and what it nests in, an arc carries the grains left, and one back the grains given so far. A cell
    leads to the sink and has no arc back: no play may disappear.
    """
    entries = np.full(len(edges), sink, np.int64)
    for layer, (place, left) in enumerate(capacity.layers):
        # Edges that are kept apart from nobody enter the layer below at once: they share an index but no cell.
        apart = np.flatnonzero(capacity.layer_cell[layer][place[edges]] >= 0)
        used, row, place_of = np.unique(place[edges[apart]], return_index=True, return_inverse=True)
        node = network.add_nodes(len(used))
        into = entries[apart[row]]
        network.add_arcs(node, into, np.minimum(np.maximum(left[used], 0), UNLIMITED))
        if layer != CELL:
            network.add_arcs(into, node, np.bincount(place_of, given[apart], len(used)).astype(np.int64))
        entries[apart] = node[place_of]
    return entries
