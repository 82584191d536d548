"""What the distances between an advertiser's, or a category's, spots leave of a planned day for one more order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.planner.network import HEADROOM, Flags, Market, Numbers, Order, Rank
from server.planner.parts import Parts, even_plays
from server.planner.places import NetworkPlan
from server.planner.sold import Sold


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
    _second_in_cell(plan, parts, sold, place, left, apart, gap)
    joined, most = np.full(len(parts.cell), -1), np.full(len(parts.cell), np.iinfo(np.int64).max)
    if gap and name and order.rank != Rank.TAKEOVER:
        number = _number(market, layer, name, numbers)
        member = ~sold.mine & (numbers[market.edge_order] == number) if number >= 0 else np.zeros_like(sold.mine)
        cells = market.edge_cell[member]
        at = np.full(len(market.cell_slots), -1)
        at[cells] = place[member]
        even, mine = room.even[member], even_plays(order, parts)
        spots, grains, used = (
            np.bincount(cells, weight, len(at))[parts.cell]
            for weight in (even, even * room.length[member], sold.used[member])
        )
        spots, grains = spots + mine, grains + mine * sold.length
        mean = np.where(spots > 0, grains / np.where(spots > 0, spots, 1), sold.length)
        factor = np.where(sold.others[parts.cell] > 0, float(HEADROOM), 1.0)
        joined = at[parts.cell]
        is_in = joined >= 0
        slots = market.cell_slots[parts.cell], market.cell_places[parts.cell]
        all_of_it = _held_apart(*slots, mean, gap * room.grain, gap, room.grain, factor)
        left[joined[is_in]] = (all_of_it - used.astype(np.int64))[is_in]
        most = _held_apart(parts.slots, parts.places, mean, gap * room.grain, gap, room.grain, factor) // sold.length
    return Groups(left, joined, most, apart)


def _second_in_cell(
    plan: NetworkPlan, parts: Parts, sold: Sold, place: Numbers, left: Numbers, apart: Flags, gap: int
) -> None:
    """Who was alone in a cell is so no more: its group gets no more there, but keeps what it has."""
    market, room = plan.market, plan.allotment.room
    last = np.full(len(market.cell_slots), -1)
    last[market.edge_cell[~sold.mine]] = np.flatnonzero(~sold.mine)
    edge = last[parts.cell[sold.others[parts.cell] == 1]]
    edge = edge[apart[edge]]
    slots = market.cell_slots[market.edge_cell[edge]], market.cell_places[market.edge_cell[edge]]
    mean, headroom = room.length[edge].astype(float), np.full(len(edge), float(HEADROOM))
    left[place[edge]] = _held_apart(*slots, mean, gap * room.grain, gap, room.grain, headroom) - sold.used[edge]


def _number(market: Market, layer: int, name: str, numbers: Numbers) -> int:
    for number, one in zip(numbers.tolist(), market.day.orders, strict=True):
        if number >= 0 and name == (one.category if layer == 1 else one.advertiser):
            return int(number)
    return -1


def _held_apart(
    slots: Numbers, places: Numbers, mean: Numbers, stretch: int, gap: int, grain: int, factor: Numbers
) -> Numbers:
    """Grains that a group may fill, as `allot` counts them."""
    held = np.floor((slots + gap) * grain * places * factor * mean / (mean + stretch) + 1e-6)
    return np.asarray(np.maximum(held, np.ceil(mean) * places), np.int64)
