"""The capacity of a day: time in every cell, and how much of it distances leave to each advertiser and category."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

from media.integers import ceil_div
from server.planner.allocate.demands import even_plays
from server.planner.model.arrays import Flags, Numbers
from server.planner.model.market import Market

# Groups that share a cell may fill this part of what their distance allows: a sequence exists at the full limit only if
# nothing else is in the way. Measured (tests/bench/plan.py): with 0.85 fewer than two spots in ten thousand are lost.
HEADROOM = Fraction(85, 100)
# A grain is the part of a slot in which time is counted, since the mean length of an order's spots may be a fraction of
# a slot. Denominators beyond this are rounded up to it, at the order's own expense.
FINEST_GRAIN = 16
UNLIMITED = np.int64(1 << 40)

# The layers of capacity, in the order of `Capacity.layers`. Each group of a layer nests in one of the layer before.
CELL, CATEGORY, ADVERTISER = 0, 1, 2


@dataclass(frozen=True)
class Capacity:
    """The grains left of each cell, of each (category, cell) and of each (advertiser, cell). `take` changes them.

    layers: for each of the three, the edge's index in it (E,) and what is left there
    layer_cell: for each of the three, the cell of each index; −1 for the one that stands for "kept apart from nobody"
    plays_left (E,): what an order's own limits leave of the edge · length (E,): grains of a play
    even (E,): plays, parts of plays too, were all orders spread evenly · grain: grains of a slot
    """

    layers: tuple[tuple[Numbers, Numbers], ...]
    layer_cell: tuple[Numbers, ...]
    plays_left: Numbers
    length: Numbers
    even: Numbers
    grain: int

    def take(self, edges: Numbers, plays: Numbers) -> None:
        """Subtract so many plays on these edges."""
        grains = plays * self.length[edges]
        for place, left in self.layers:
            np.subtract.at(left, place[edges], grains)
        self.plays_left[edges] -= plays

    def cell_grains(self, edges: Numbers) -> Numbers:
        """Grains free in each edge's cell."""
        place, left = self.layers[CELL]
        return np.maximum(left[place[edges]], 0)

    def fitting_plays(self, edges: Numbers) -> Numbers:
        """How many plays fit on each edge, were it alone."""
        most = self.plays_left[edges]
        for place, left in self.layers:
            most = np.minimum(most, left[place[edges]] // self.length[edges])
        return np.maximum(most, 0)


def capacity_of(market: Market, before: Numbers | None = None) -> Capacity:
    """The capacity of an empty day. Plays that edges had `before` fit even where they take some of the headroom."""
    orders = market.day.orders
    grain = min(lcm(1, *(order.slots.denominator for order in orders)), FINEST_GRAIN)
    lengths = np.array([ceil_div(order.slots.numerator * grain, order.slots.denominator) for order in orders], np.int64)
    length = lengths[market.edge_order] if len(orders) else np.zeros(0, np.int64)
    spots = Spots(length, even_plays(market), (np.zeros_like(length) if before is None else before) * length)
    cells = (market.edge_cell, market.cell_places * market.cell_slots * grain)
    groups = (
        _group_layer(market, market.category, market.day.apart.category, spots, grain),
        _group_layer(market, market.advertiser, market.day.apart.advertiser, spots, grain),
    )
    return Capacity(
        layers=(cells, *((layer.place, layer.left) for layer in groups)),
        layer_cell=(np.arange(len(market.cell_slots)), *(layer.cell for layer in groups)),
        plays_left=market.edge_most * market.cell_places[market.edge_cell],
        length=length,
        even=spots.even,
        grain=grain,
    )


def set_own_time_aside(market: Market, capacity: Capacity) -> None:
    """Take what venues reserve for their own notices, as far as it is left, so that no lower rank gets it."""
    left = capacity.layers[CELL][1]
    left -= np.minimum(np.maximum(left, 0), market.cell_own * market.cell_places * capacity.grain)


def mean_length(group: Numbers, length: Numbers, even: Numbers, groups: int) -> Numbers:
    """The mean length of each group's spots (groups,), were all spread evenly; 1 where there are none."""
    spots = np.bincount(group, even, groups)
    return np.asarray(np.where(spots > 0, np.bincount(group, even * length, groups) / np.where(spots > 0, spots, 1), 1))


def separated_grains(
    slots: Numbers, places: Numbers, mean: Numbers, factor: Numbers | float, ends: Flags, gap: int, grain: int
) -> Numbers:
    """Grains that a group may fill of cells: of `factor` of their slots, in spots of a mean length in grains.

    Spots of length m with a gap of g after each fill m / (m + g) of the time. The last spot of an unbroken run of cells
    needs no gap after it, so a cell that ends a run is counted as g slots longer.

    ends: the group has nothing in the cell after this one. One spot fits on every place, however short the cell.
    """
    free = (slots + np.where(ends, gap, 0)) * grain * places
    grains = np.floor(free * factor * mean / (mean + gap * grain) + 1e-6)
    return np.asarray(np.maximum(grains, np.ceil(mean) * places), np.int64)


def group_cells(market: Market, group: Numbers) -> Numbers:
    """Each edge's (group, cell) as one number (E,): consecutive cells of a group have consecutive numbers."""
    return np.asarray(group[market.edge_order] * len(market.cell_slots) + market.edge_cell, np.int64)


def ends_of(market: Market, key: Numbers, keys: Numbers) -> Flags:
    """Whether each group has nothing in the cell after this one; keys: all numbers of `group_cells` that occur."""
    return np.asarray(~(market.continues[key % max(1, len(market.cell_slots))] & np.isin(key + 1, keys)))


class Spots(NamedTuple):
    """Of each edge (E,): grains of a play, plays if all were spread evenly, and grains that it had before."""

    length: Numbers
    even: Numbers
    before: Numbers


class GroupLayer(NamedTuple):
    """place (E,): each edge's index among the layer's (group, cell) · left, cell: grains and cell of each of these.

    Edges that are kept apart from nobody share the first index, whose cell is −1 and whose grains never bind.
    """

    place: Numbers
    left: Numbers
    cell: Numbers


def _group_layer(market: Market, group: Numbers, gap: int, spots: Spots, grain: int) -> GroupLayer:
    own = group[market.edge_order] if len(group) else np.zeros(0, np.int64)
    key = np.where((own >= 0) & (gap > 0), group_cells(market, group), -1)
    keys, place = np.unique(key, return_inverse=True)
    place = place.astype(np.int64)
    cell = np.where(keys >= 0, keys % max(1, len(market.cell_slots)), -1)
    alone = np.bincount(market.edge_cell, minlength=len(market.cell_slots)) <= 1
    # The mean decides for spots of unequal lengths; its error is covered by the headroom.
    mean = mean_length(place, spots.length, spots.even, len(keys))
    ends = ends_of(market, keys, keys)
    size, factor = (market.cell_slots[cell], market.cell_places[cell]), np.where(alone[cell], 1.0, float(HEADROOM))
    left = separated_grains(*size, mean, factor, ends, gap, grain)
    at_most = separated_grains(*size, mean, 1.0, np.ones(len(keys), bool), gap, grain)
    had = np.bincount(place, spots.before, len(keys)).astype(np.int64)
    left = np.maximum(left, np.minimum(at_most, had))
    left[keys < 0] = UNLIMITED
    return GroupLayer(place, left, cell)
