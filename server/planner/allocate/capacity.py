"""What room a day has: time in every cell, and what the distances leave of it to advertisers and categories."""

from __future__ import annotations

from dataclasses import dataclass
from math import lcm

import numpy as np

from media.integers import ceil_div
from server.planner.allocate.demands import even_plays
from server.planner.model.network import HEADROOM, Flags, Market, Numbers

FINEST_GRAIN = 16
ENDLESS = np.int64(1 << 40)


@dataclass(frozen=True)
class Room:
    """What is left, in grains of a slot: of each cell, and of each (category, cell) and (advertiser, cell).

    layers: for each of the three, the edge's place in it (E,) and what is left there; `plays_left` (E,) is what an
    order's own limits leave of the edge · length (E,): grains of a play · even (E,): plays if all were spread evenly
    """

    layers: tuple[tuple[Numbers, Numbers], ...]
    layer_cell: tuple[Numbers, ...]
    plays_left: Numbers
    length: Numbers
    even: Numbers
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


def room_of(market: Market, before: Numbers | None = None) -> Room:
    """Everything free. What edges had `before` fits even where it takes some of the headroom."""
    orders = market.day.orders
    grain = min(lcm(1, *(order.slots.denominator for order in orders)), FINEST_GRAIN)
    lengths = np.array([ceil_div(order.slots.numerator * grain, order.slots.denominator) for order in orders], np.int64)
    length = lengths[market.edge_order] if len(orders) else np.zeros(0, np.int64)
    held = (np.zeros_like(length) if before is None else before) * length
    even = even_plays(market)
    alone = np.bincount(market.edge_cell, minlength=len(market.cell_slots)) <= 1
    cells = (market.edge_cell, market.cell_places * market.cell_slots * grain)
    groups = (
        _pairs(market, market.category, market.day.apart.category, length, even, held, grain, alone),
        _pairs(market, market.advertiser, market.day.apart.advertiser, length, even, held, grain, alone),
    )
    return Room(
        layers=(cells, *((place, left) for place, left, _ in groups)),
        layer_cell=(np.arange(len(market.cell_slots)), *(cell for _, _, cell in groups)),
        plays_left=market.edge_most * market.cell_places[market.edge_cell],
        length=length,
        even=even,
        grain=grain,
    )


def keep_own(market: Market, room: Room) -> None:
    """What venues reserve for their own notices, as far as it is left: nobody of a lower rank has it."""
    left = room.layers[0][1]
    left -= np.minimum(np.maximum(left, 0), market.cell_own * market.cell_places * room.grain)


def mean_length(group: Numbers, length: Numbers, even: Numbers, groups: int) -> Numbers:
    """The mean length of each group's spots (groups,), were all spread evenly; 1 where there are none."""
    spots = np.bincount(group, even, groups)
    return np.asarray(np.where(spots > 0, np.bincount(group, even * length, groups) / np.where(spots > 0, spots, 1), 1))


def held_apart(
    slots: Numbers, places: Numbers, mean: Numbers, factor: Numbers | float, ends: Flags, gap: int, grain: int
) -> Numbers:
    """Grains that a group may fill of cells: of `factor` of their slots, in spots of a mean length in grains.

    ends: the group has nothing in the cell after this one, so that no gap follows its last spot. One spot fits on every
    place, however short the cell.
    """
    free = (slots + np.where(ends, gap, 0)) * grain * places
    held = np.floor(free * factor * mean / (mean + gap * grain) + 1e-6)
    return np.asarray(np.maximum(held, np.ceil(mean) * places), np.int64)


def group_cells(market: Market, group: Numbers) -> Numbers:
    """Each edge's (group, cell) as one number (E,): cells that follow on one another have numbers that do."""
    return np.asarray(group[market.edge_order] * len(market.cell_slots) + market.edge_cell, np.int64)


def ends_of(market: Market, key: Numbers, keys: Numbers) -> Flags:
    """Whether each group has nothing in the cell after this one; keys: all (group, cell) that there are."""
    return np.asarray(~(market.goes_on[key % max(1, len(market.cell_slots))] & np.isin(key + 1, keys)))


def _pairs(
    market: Market, group: Numbers, gap: int, length: Numbers, even: Numbers, held: Numbers, grain: int, alone: Flags
) -> tuple[Numbers, Numbers, Numbers]:
    """Each edge's (group, cell), what the gap leaves of it in grains, and its cell. The last one never binds."""
    own = group[market.edge_order] if len(group) else np.zeros(0, np.int64)
    key = np.where((own >= 0) & (gap > 0), group_cells(market, group), -1)
    keys, place = np.unique(key, return_inverse=True)
    place = place.astype(np.int64)
    cell = np.where(keys >= 0, keys % max(1, len(market.cell_slots)), -1)
    # Of spots with unequal lengths the mean decides; what that is off by, the headroom holds.
    mean = mean_length(place, length, even, len(keys))
    ends = ends_of(market, keys, keys)
    size, factor = (market.cell_slots[cell], market.cell_places[cell]), np.where(alone[cell], 1.0, float(HEADROOM))
    left = held_apart(*size, mean, factor, ends, gap, grain)
    fits = held_apart(*size, mean, 1.0, np.ones(len(keys), bool), gap, grain)
    left = np.maximum(left, np.minimum(fits, np.bincount(place, held, len(keys)).astype(np.int64)))
    left[keys < 0] = ENDLESS
    return place, left, cell
