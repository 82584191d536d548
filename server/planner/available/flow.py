"""A maximum flow: how many plays fit when others are moved to where there is capacity.

By blocking flows (E. A. Dinic, Soviet Math. Doklady 11 (1970) 1277-1280): first all that can be sent along shortest
paths, then along longer ones, until no path is left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.available.residual import Residual
from server.planner.model.arrays import Numbers
from server.planner.model.compiled import Longs, compiled


class Network(NamedTuple):
    """Each arc twice, forward and back, sorted by the node at which it starts.

    begins (nodes + 1,): the first arc of each node · to: the node at which each arc ends
    back: the number of the same arc in the other direction · left: what it can still carry
    """

    begins: Longs
    to: Longs
    back: Longs
    left: Longs


class Search(NamedTuple):
    """Of each node: supply and drain that are left · level: steps from the nearest supply, −1 for a dead end
    at: the arc to try next
    path: the arcs from a source to the node that the search has reached · queue: space for the breadth-first search
    """

    supply: Longs
    drain: Longs
    level: Longs
    at: Longs
    path: Longs
    queue: Longs


def max_flow(residual: Residual, demand: Numbers, wanted: Numbers) -> Numbers:
    """How much of each demand (D,) fits; part p of the order belongs to `demand[p]`."""
    # One more node for each demand is added after all others: the sources, from which the new order's plays are sent.
    tails, heads, limits, backs = residual.arcs
    highest = (nodes.max(initial=0) for nodes in (tails, heads, residual.entry))
    first = int(max(*highest, len(residual.drain) - 1)) + 1
    nodes = first + len(wanted)
    supply, drain = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    supply[first:], drain[: len(residual.drain)] = wanted, residual.drain
    nothing = np.zeros(len(residual.entry), np.int64)
    _push(
        np.concatenate([tails, first + demand]), np.concatenate([heads, residual.entry]),
        np.concatenate([limits, residual.limit]), np.concatenate([backs, nothing]), supply, drain,
    )  # fmt: skip
    return np.asarray(wanted - supply[first:])


@compiled
def _push(tails: Longs, heads: Longs, limits: Longs, backs: Longs, supply: Longs, drain: Longs) -> None:
    """Send all that can be sent from supply to drain, along shortest paths first; both are reduced in place."""
    nodes = len(supply)
    network = _both_ways(tails, heads, limits, backs, nodes)
    empty = np.empty((4, nodes), np.int64)
    search = Search(supply, drain, empty[0], empty[1], empty[2], empty[3])
    sources = np.flatnonzero(supply)
    while True:
        drain_level = _set_levels(sources, network, search)
        if drain_level < 0:
            return
        search.at[:] = network.begins[:-1]
        for number in range(len(sources)):
            _send_from(sources[number], drain_level, network, search)


@compiled
def _both_ways(tails: Longs, heads: Longs, limits: Longs, backs: Longs, nodes: int) -> Network:
    arcs = len(tails)
    begins = np.zeros(nodes + 1, np.int64)
    # A counting sort by node: arcs of each node, then their running sum, then each arc to its place.
    for arc in range(arcs):
        begins[tails[arc] + 1] += 1
        begins[heads[arc] + 1] += 1
    for node in range(nodes):
        begins[node + 1] += begins[node]
    to, back, left = np.empty(2 * arcs, np.int64), np.empty(2 * arcs, np.int64), np.empty(2 * arcs, np.int64)
    at = begins[:-1].copy()
    for arc in range(arcs):
        forth, other = at[tails[arc]], at[heads[arc]]
        at[tails[arc]] += 1
        at[heads[arc]] += 1
        to[forth], left[forth], back[forth] = heads[arc], limits[arc], other
        to[other], left[other], back[other] = tails[arc], backs[arc], forth
    return Network(begins, to, back, left)


@compiled
def _set_levels(sources: Longs, network: Network, search: Search) -> int:
    """Set every node's level up to that of the nearest drain, and return the latter; −1 if no drain is reached."""
    (begins, to, _, left), (supply, drain, level, _, _, queue) = network, search
    level[:] = -1
    head, tail, drain_level = 0, 0, -1
    for source in sources:
        if supply[source] > 0:
            level[source] = 0
            queue[tail] = source
            tail += 1
    while head < tail:
        node = queue[head]
        head += 1
        # Nodes leave the queue level by level, so the first drain found is a nearest one.
        if drain[node] > 0 and drain_level < 0:
            drain_level = level[node]
        if drain_level >= 0:
            if level[node] > drain_level:
                break
            continue
        for arc in range(begins[node], begins[node + 1]):
            if left[arc] > 0 and level[to[arc]] < 0:
                level[to[arc]] = level[node] + 1
                queue[tail] = to[arc]
                tail += 1
    return drain_level


@compiled
def _send_from(source: int, drain_level: int, network: Network, search: Search) -> None:
    """Send the supply of a source along paths that gain a level with each arc, depth first.

    Each node goes on at the arc where it stopped (`at`), and a dead end gets level −1, so that no arc is tried twice
    before the levels are set anew: that is what makes the flow of one round blocking and quick.
    """
    (begins, to, back, left), (supply, drain, level, at, path, _) = network, search
    node, steps = source, 0
    while supply[source] > 0:
        if drain[node] > 0 and level[node] == drain_level:
            # Go back to the tail of the first full arc: the path up to it still carries something.
            full = _send_along(source, node, steps, network, search)
            if full < steps:
                node, steps = to[back[path[full]]], full
        elif at[node] < begins[node + 1]:
            arc = at[node]
            if left[arc] > 0 and level[to[arc]] == level[node] + 1 and level[node] < drain_level:
                path[steps] = arc
                steps += 1
                node = to[arc]
            else:
                at[node] += 1
        else:
            # A dead end: no later path of this round tries the node again.
            level[node] = -1
            if steps == 0:
                return
            steps -= 1
            node = to[back[path[steps]]]
            at[node] += 1


@compiled
def _send_along(source: int, node: int, steps: int, network: Network, search: Search) -> int:
    """Send as much as the path carries, from its source to the drain at its end.

    Returns the first step whose arc is full then, from which the search goes on; `steps` if none is.
    """
    path, left = search.path, network.left
    plays = min(search.supply[source], search.drain[node])
    for step in range(steps):
        plays = min(plays, left[path[step]])
    search.supply[source] -= plays
    search.drain[node] -= plays
    full = steps
    for step in range(steps - 1, -1, -1):
        left[path[step]] -= plays
        left[network.back[path[step]]] += plays
        if left[path[step]] == 0:
            full = step
    return full
