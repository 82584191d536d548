"""What the distances between an advertiser's, or a category's, spots leave of a planned day for one more order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.planner.allocate.capacity import ends_of, group_cells, held_apart
from server.planner.allocate.places import NetworkPlan
from server.planner.available.committed import Sold
from server.planner.available.order_cells import Parts, even_plays
from server.planner.model.network import HEADROOM, Flags, Market, Numbers, Order, Rank


@dataclass(frozen=True)
class Groups:
    """Grains left of each (group, cell); the one that a part of the order is in, or −1; what its own group allows.

    apart: of each edge, whether its group keeps it apart from anybody
    """

    left: Numbers
    joined: Numbers
    most: Numbers
    apart: Flags


def groups_of(
    plan: NetworkPlan, order: Order, parts: Parts, sold: Sold, layer: int, name: str, numbers: Numbers
) -> Groups:
    """What the distance to others of one advertiser, or category, leaves, with the new order among them."""
    market, room = plan.market, plan.allotment.room
    place, left = room.layers[layer]
    gap = market.day.apart.category if layer == 1 else market.day.apart.advertiser
    left = left + np.bincount(place, plan.allotment.plays * room.length - sold.used, len(left)).astype(np.int64)
    apart = (numbers[market.edge_order] >= 0) & (gap > 0)
    _second_in_cell(plan, parts, sold, place, left, numbers, gap)
    joined, most = np.full(len(parts.cell), -1), np.full(len(parts.cell), np.iinfo(np.int64).max)
    if gap and name and order.rank != Rank.TAKEOVER:
        number = _number(market, layer, name, numbers)
        member = ~sold.mine & (numbers[market.edge_order] == number) if number >= 0 else np.zeros_like(sold.mine)
        cells = market.edge_cell[member]
        at = np.full(len(market.cell_slots), -1)
        at[cells] = place[member]
        mine_at = _marked(parts.cell, len(at))
        even, mine = room.even[member], even_plays(order, parts)
        spots, grains, used = (
            np.bincount(np.concatenate([cells, parts.cell]), np.concatenate(weights), len(at))
            for weights in (
                (even, mine),
                (even * room.length[member], mine * sold.length),
                (sold.used[member], np.zeros_like(mine)),
            )
        )
        mean = np.where(spots > 0, grains / np.where(spots > 0, spots, 1), sold.length)
        factor = np.where(sold.others + mine_at > 1, float(HEADROOM), 1.0)
        ends = ~(market.goes_on & np.append((mine_at | (at >= 0))[1:], False))
        whole = held_apart(market.cell_slots, market.cell_places, mean, factor, ends, gap, room.grain)
        # The order's own cells, and those that end where its time begins.
        touched = (at >= 0) & (mine_at | (~ends & np.append(mine_at[1:], False)))
        left[at[touched]] = (whole - used.astype(np.int64))[touched]
        joined = at[parts.cell]
        there = mean[parts.cell], factor[parts.cell], ends[parts.cell]
        most = held_apart(parts.slots, parts.places, *there, gap, room.grain) // sold.length
    return Groups(left, joined, most, apart)


def _second_in_cell(
    plan: NetworkPlan, parts: Parts, sold: Sold, place: Numbers, left: Numbers, numbers: Numbers, gap: int
) -> None:
    """Who was alone in a cell is so no more: its group gets no more there, but keeps what it has."""
    market, room = plan.market, plan.allotment.room
    apart = (numbers[market.edge_order] >= 0) & (gap > 0)
    last = np.full(len(market.cell_slots), -1)
    last[market.edge_cell[~sold.mine]] = np.flatnonzero(~sold.mine)
    edge = last[parts.cell[sold.others[parts.cell] == 1]]
    edge = edge[apart[edge]]
    slots = market.cell_slots[market.edge_cell[edge]], market.cell_places[market.edge_cell[edge]]
    mean, key = room.length[edge].astype(float), group_cells(market, numbers)
    ends = ends_of(market, key[edge], key[apart])
    left[place[edge]] = held_apart(*slots, mean, float(HEADROOM), ends, gap, room.grain) - sold.used[edge]


def _marked(cells: Numbers, count: int) -> Flags:
    """For each cell of the market (count,), whether it is among these."""
    marked = np.zeros(count, bool)
    marked[cells] = True
    return marked


def _number(market: Market, layer: int, name: str, numbers: Numbers) -> int:
    for number, one in zip(numbers.tolist(), market.day.orders, strict=True):
        if number >= 0 and name == (one.category if layer == 1 else one.advertiser):
            return int(number)
    return -1
