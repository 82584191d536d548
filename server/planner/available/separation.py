"""How much of a planned day the distances within an advertiser, or a category, leave to one more order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.planner.allocate.capacity import CATEGORY, HEADROOM, ends_of, group_cells, separated_grains
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.available.committed import Committed
from server.planner.available.order_cells import OrderCells, even_plays
from server.planner.model.arrays import Flags, Numbers
from server.planner.model.market import Market
from server.planner.model.network import Order, Rank


@dataclass(frozen=True)
class GroupLimits:
    """Of one layer, category or advertiser, with the new order counted in.

    left: grains left of each (group, cell) of the capacity's layer · joined (P,): the index among these of each of the
    order's parts, or −1 · most (P,): plays that its group allows in the part, were nothing else there
    apart (E,): whether the edge is kept apart from anything in this layer
    """

    left: Numbers
    joined: Numbers
    most: Numbers
    apart: Flags


def group_limits(
    plan: NetworkPlan, order: Order, parts: OrderCells, committed: Committed, layer: int, name: str, numbers: Numbers
) -> GroupLimits:
    """The limits of one layer. name: the order's advertiser or category · numbers (O,): those of the plan's orders.

    The new order changes the mean length of its group's spots, and the headroom of each cell in which it is second.
    """
    market, capacity = plan.market, plan.allotment.capacity
    place, left = capacity.layers[layer]
    gap = market.day.apart.category if layer == CATEGORY else market.day.apart.advertiser
    # Plays that do not stay count as free.
    freed = plan.allotment.plays * capacity.length - committed.used
    left = left + np.bincount(place, freed, len(left)).astype(np.int64)
    apart = (numbers[market.edge_order] >= 0) & (gap > 0)
    _limit_sole_occupants(plan, parts, committed, place, left, numbers, gap)
    joined, most = np.full(len(parts.cell), -1), np.full(len(parts.cell), np.iinfo(np.int64).max)
    if gap and name and order.rank != Rank.TAKEOVER:
        number = _group_number(market, layer, name, numbers)
        member = ~committed.own & (numbers[market.edge_order] == number) & (number >= 0)
        cells = market.edge_cell[member]
        at = np.full(len(market.cell_slots), -1)
        at[cells] = place[member]
        own_cells = _marked(parts.cell, len(at))
        even, own = capacity.even[member], even_plays(order, parts)
        spots, grains, used = (
            np.bincount(np.concatenate([cells, parts.cell]), np.concatenate(weights), len(at))
            for weights in (
                (even, own),
                (even * capacity.length[member], own * committed.length),
                (committed.used[member], np.zeros_like(own)),
            )
        )
        mean = np.where(spots > 0, grains / np.where(spots > 0, spots, 1), committed.length)
        factor = np.where(committed.others + own_cells > 1, float(HEADROOM), 1.0)
        ends = ~(market.continues & np.append((own_cells | (at >= 0))[1:], False))
        whole = separated_grains(market.cell_slots, market.cell_places, mean, factor, ends, gap, capacity.grain)
        # The order's own cells, and those that end where its time begins.
        touched = (at >= 0) & (own_cells | (~ends & np.append(own_cells[1:], False)))
        left[at[touched]] = (whole - used.astype(np.int64))[touched]
        joined = at[parts.cell]
        part_of_cell = mean[parts.cell], factor[parts.cell], ends[parts.cell]
        most = separated_grains(parts.slots, parts.places, *part_of_cell, gap, capacity.grain) // committed.length
    return GroupLimits(left, joined, most, apart)


def _limit_sole_occupants(
    plan: NetworkPlan,
    parts: OrderCells,
    committed: Committed,
    place: Numbers,
    left: Numbers,
    numbers: Numbers,
    gap: int,
) -> None:
    """Reduce `left` for the groups of orders that were alone in a cell: with a second order the headroom applies.

    Such a group may fill more than the limit now; then `left` is negative, and it gets no more but loses nothing.
    """
    market, capacity = plan.market, plan.allotment.capacity
    apart = (numbers[market.edge_order] >= 0) & (gap > 0)
    last = np.full(len(market.cell_slots), -1)
    last[market.edge_cell[~committed.own]] = np.flatnonzero(~committed.own)
    edge = last[parts.cell[committed.others[parts.cell] == 1]]
    edge = edge[apart[edge]]
    slots = market.cell_slots[market.edge_cell[edge]], market.cell_places[market.edge_cell[edge]]
    mean, key = capacity.length[edge].astype(float), group_cells(market, numbers)
    ends = ends_of(market, key[edge], key[apart])
    limit = separated_grains(*slots, mean, float(HEADROOM), ends, gap, capacity.grain)
    left[place[edge]] = limit - committed.used[edge]


def _marked(cells: Numbers, count: int) -> Flags:
    """For each cell of the market (count,), whether it is among these."""
    marked = np.zeros(count, bool)
    marked[cells] = True
    return marked


def _group_number(market: Market, layer: int, name: str, numbers: Numbers) -> int:
    for number, order in zip(numbers.tolist(), market.day.orders, strict=True):
        if number >= 0 and name == (order.category if layer == CATEGORY else order.advertiser):
            return int(number)
    return -1
