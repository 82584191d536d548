"""A maximum flow: how much of what is wanted can be met when others are moved, each to where there is room.

By blocking flows (E. A. Dinic, Soviet Math. Doklady 11 (1970) 1277-1280): first all that can go by the shortest ways,
then by longer ones, until no way is left.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from server.planner.available.residual import Left
from server.planner.model.compiled import Longs, compiled
from server.planner.model.network import Numbers


class Net(NamedTuple):
    """Each arc forth and back, node after node.

    begins: where a node's begin · to: where they lead · back: the same arc the other way · left: what they can take
    """

    begins: Longs
    to: Longs
    back: Longs
    left: Longs


class Search(NamedTuple):
    """supply, drain: what is left of both, by node · level: steps from the nearest supply, -1: leads nowhere
    at: each node's arc to try next · way: the arcs from a source to where the search is · queue: room for nodes
    """

    supply: Longs
    drain: Longs
    level: Longs
    at: Longs
    way: Longs
    queue: Longs


def met_of(room: Left, demand: Numbers, wanted: Numbers) -> Numbers:
    """How much of each demand can be met; part p is of `demand[p]`."""
    tails, heads, limits, backs = room.arcs
    first = int(max(tails.max(initial=0), heads.max(initial=0), len(room.drain) - 1, room.enter.max(initial=0))) + 1
    nodes = first + len(wanted)
    supply, drain = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    supply[first:], drain[: len(room.drain)] = wanted, room.drain
    nothing = np.zeros(len(room.enter), np.int64)
    _push(
        np.concatenate([tails, first + demand]), np.concatenate([heads, room.enter]),
        np.concatenate([limits, room.limit]), np.concatenate([backs, nothing]), supply, drain,
    )  # fmt: skip
    return np.asarray(wanted - supply[first:])


@compiled
def _push(tails: Longs, heads: Longs, limits: Longs, backs: Longs, supply: Longs, drain: Longs) -> None:
    """Move all that can be moved from supply to drain, by shortest ways first; what is left of both stays in them."""
    nodes = len(supply)
    net = _both_ways(tails, heads, limits, backs, nodes)
    empty = np.empty((4, nodes), np.int64)
    search = Search(supply, drain, empty[0], empty[1], empty[2], empty[3])
    sources = np.flatnonzero(supply)
    while True:
        last = _levels(sources, net, search)
        if last < 0:
            return
        search.at[:] = net.begins[:-1]
        for number in range(len(sources)):
            _send_all(sources[number], last, net, search)


@compiled
def _both_ways(tails: Longs, heads: Longs, limits: Longs, backs: Longs, nodes: int) -> Net:
    arcs = len(tails)
    begins = np.zeros(nodes + 1, np.int64)
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
    return Net(begins, to, back, left)


@compiled
def _levels(sources: Longs, net: Net, search: Search) -> int:
    """Set every node's level up to that of the nearest drain, and tell that; -1 where none is reached."""
    (begins, to, _, left), (supply, drain, level, _, _, queue) = net, search
    level[:] = -1
    head, tail, last = 0, 0, -1
    for source in sources:
        if supply[source] > 0:
            level[source] = 0
            queue[tail] = source
            tail += 1
    while head < tail:
        node = queue[head]
        head += 1
        if drain[node] > 0 and last < 0:
            last = level[node]
        if last >= 0:
            if level[node] > last:
                break
            continue
        for arc in range(begins[node], begins[node + 1]):
            if left[arc] > 0 and level[to[arc]] < 0:
                level[to[arc]] = level[node] + 1
                queue[tail] = to[arc]
                tail += 1
    return last


@compiled
def _send_all(source: int, last: int, net: Net, search: Search) -> None:
    """Send what a source has along ways that gain a level with each step; a node that leads nowhere is left out."""
    (begins, to, back, left), (supply, drain, level, at, way, _) = net, search
    node, steps = source, 0
    while supply[source] > 0:
        if drain[node] > 0 and level[node] == last:
            full = _send(source, node, steps, net, search)
            if full < steps:
                node, steps = to[back[way[full]]], full
        elif at[node] < begins[node + 1]:
            arc = at[node]
            if left[arc] > 0 and level[to[arc]] == level[node] + 1 and level[node] < last:
                way[steps] = arc
                steps += 1
                node = to[arc]
            else:
                at[node] += 1
        else:
            level[node] = -1
            if steps == 0:
                return
            steps -= 1
            node = to[back[way[steps]]]
            at[node] += 1


@compiled
def _send(source: int, node: int, steps: int, net: Net, search: Search) -> int:
    """As much as the way takes, from its source to the drain at its end; tells the first step that is full then."""
    way, left = search.way, net.left
    plays = min(search.supply[source], search.drain[node])
    for step in range(steps):
        plays = min(plays, left[way[step]])
    search.supply[source] -= plays
    search.drain[node] -= plays
    full = steps
    for step in range(steps - 1, -1, -1):
        left[way[step]] -= plays
        left[net.back[way[step]]] += plays
        if left[way[step]] == 0:
            full = step
    return full
