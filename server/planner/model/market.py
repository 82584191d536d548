"""A day of the network as numbers: classes of equal screens, cells of their day, and an edge where an order may play.

Screens that no order distinguishes form one class: an exact answer for the class becomes one for each of its screens
when it is dealt out (SHALE's framing of supply and demand, arXiv 1203.3619). A class's day is cut into cells wherever
any order's hours begin or end, so that within a cell nothing changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from media.integers import ceil_div
from server.planner.model.arrays import END, FIRST, Flags, Numbers, numbered
from server.planner.model.days import HOUR_MS, Range
from server.planner.model.hours import fitting_hours
from server.planner.model.network import NetworkDay, Order, Profile, Rank

# Hours in which an order's spot fits, by the number of the profile and the kind of the order.
HoursCache = dict[tuple[int, int], tuple[Range, ...]]


@dataclass(frozen=True)
class PlaceClass:
    """Places that no order distinguishes: `members` are indices into the day's places, `orders` into its orders.

    screens: of each place · cells (C, 2): first slot and end · allowed (O, C): whether the order may play there
    """

    profile: Profile
    screens: int
    members: Numbers
    orders: Numbers
    cells: Numbers
    allowed: Flags


@dataclass(frozen=True)
class Market:
    """The classes in columns: X cells and E edges, class after class.

    cell_of, edge_of (classes + 1,): the first cell and the first edge of each class
    cell_places, cell_slots (X,): how many places, and slots of each of them · cell_own (X,): of these slots, the part
    that the venue reserves
    edge_order, edge_cell, edge_class (E,): an edge joins an order to a cell of a class; edges are sorted by class,
    order and cell
    edge_most (E,): most plays on one place · worth (E,): thousandths of the goal's unit that one play counts
    """

    day: NetworkDay
    classes: tuple[PlaceClass, ...]
    cell_of: Numbers
    cell_places: Numbers
    cell_slots: Numbers
    cell_own: Numbers
    edge_of: Numbers
    edge_order: Numbers
    edge_cell: Numbers
    edge_class: Numbers
    edge_most: Numbers
    worth: Numbers

    @cached_property
    def advertiser(self) -> Numbers:
        """Of each order (O,), a number for its advertiser; −1 is kept apart from nobody, as takeovers are."""
        return numbered(order.advertiser if order.rank != Rank.TAKEOVER else "" for order in self.day.orders)

    @cached_property
    def category(self) -> Numbers:
        """Of each order (O,), a number for its category; −1 is kept apart from nobody."""
        return numbered(order.category if order.rank != Rank.TAKEOVER else "" for order in self.day.orders)

    @cached_property
    def continues(self) -> Flags:
        """Of each cell (X,), whether the class's next cell begins where it ends: its last gap extends into that one."""
        if not len(self.cell_slots):
            return np.zeros(0, bool)
        cells = np.concatenate([place_class.cells for place_class in self.classes])
        last = np.isin(np.arange(1, len(cells) + 1), self.cell_of)
        return np.asarray(~last & (np.append(cells[1:, FIRST], -1) == cells[:, END]))


def market_of(day: NetworkDay) -> Market:
    """Group the places, cut their days, and lay everything out in columns."""
    columns = _order_columns(day)
    classes = tuple(_classes(day, columns))
    cells = [len(place_class.cells) for place_class in classes]
    edges = [int(place_class.allowed.sum()) for place_class in classes]
    cell_of = np.concatenate([[0], np.cumsum(cells)]).astype(np.int64)
    parts = [
        _edges(place_class, columns, day.slot_ms, int(first))
        for place_class, first in zip(classes, cell_of, strict=False)
    ]
    return Market(
        day=day,
        classes=classes,
        cell_of=cell_of,
        cell_places=np.repeat([len(place_class.members) for place_class in classes], cells).astype(np.int64),
        cell_slots=_concatenated([place_class.cells[:, END] - place_class.cells[:, FIRST] for place_class in classes]),
        cell_own=_concatenated([_own_slots(place_class) for place_class in classes]),
        edge_of=np.concatenate([[0], np.cumsum(edges)]).astype(np.int64),
        edge_order=_concatenated([part.order for part in parts]),
        edge_cell=_concatenated([part.cell for part in parts]),
        edge_class=np.repeat(np.arange(len(classes)), edges),
        edge_most=_concatenated([part.most for part in parts]),
        worth=_concatenated([part.worth for part in parts]),
    )


def spot_limit(slots: Numbers | int, length: Fraction, gap: int) -> Numbers:
    """How many spots of this length, with the gap between them, so many slots can hold."""
    stride = length + gap
    return (np.asarray(slots, np.int64) + gap) * stride.denominator // stride.numerator


# --- orders in columns


class OrderColumns(NamedTuple):
    """Of each order (O,). kind: equal for orders with the same hours on every profile · stride, stride_by: slots of a
    spot with the gap after it, as a fraction · hourly: most plays an hour, 0 for no cap · impressions: whether the goal
    counts impressions
    """

    kind: Numbers
    stride: Numbers
    stride_by: Numbers
    gap: Numbers
    hourly: Numbers
    impressions: Flags


def _order_columns(day: NetworkDay) -> OrderColumns:
    kinds: dict[tuple[object, ...], int] = {}
    kind = [kinds.setdefault(_hours_key(order), len(kinds)) for order in day.orders]
    gap = [0 if order.rank == Rank.TAKEOVER else day.apart.creative for order in day.orders]
    strides = [order.slots + after for order, after in zip(day.orders, gap, strict=True)]
    return OrderColumns(
        kind=np.array(kind, np.int64),
        stride=np.array([stride.numerator for stride in strides], np.int64),
        stride_by=np.array([stride.denominator for stride in strides], np.int64),
        gap=np.array(gap, np.int64),
        hourly=np.array([order.hourly or 0 for order in day.orders], np.int64),
        impressions=np.array([order.impressions for order in day.orders], bool),
    )


def _hours_key(order: Order) -> tuple[object, ...]:
    return order.dayparts, order.category, order.longest, order.since_ms, order.impressions


# --- classes and their cells


def _classes(day: NetworkDay, columns: OrderColumns) -> Iterable[PlaceClass]:
    groups: dict[tuple[int, int, frozenset[str]], list[int]] = defaultdict(list)
    for index, place in enumerate(day.places):
        groups[place.profile, place.screens, place.traits & day.named].append(index)
    by_trait: dict[str, list[int]] = defaultdict(list)
    for number, order in enumerate(day.orders):
        for trait in order.targets or ("",):
            by_trait[trait].append(number)
    hours: HoursCache = {}
    for (profile, screens, traits), members in groups.items():
        named = sorted({number for trait in (*traits, "") for number in by_trait.get(trait, ())})
        orders = [number for number in named if not day.orders[number].barred & traits]
        yield _class(day, columns, profile, screens, members, np.array(orders, np.int64), hours)


def _class(
    day: NetworkDay,
    columns: OrderColumns,
    number: int,
    screens: int,
    members: list[int],
    orders: Numbers,
    hours: HoursCache,
) -> PlaceClass:
    """The class of these places: its day is cut wherever the hours of an order, or the worth of a play, change."""
    profile = day.profiles[number]
    _, first, pattern_of = np.unique(columns.kind[orders], return_index=True, return_inverse=True)
    patterns: list[tuple[Range, ...]] = []
    for index in orders[first].tolist():
        key = number, int(columns.kind[index])
        if key not in hours:
            hours[key] = fitting_hours(day.orders[index], profile, day.slot_ms)
        patterns.append(hours[key])
    edges = {edge for pattern in (profile.open, *patterns) for pair in pattern for edge in pair}
    edges |= {edge for (first, end), _ in profile.impressions for edge in (first, end)}
    if columns.hourly[orders].any():
        edges |= set(_hour_starts(profile.day.slots(day.slot_ms), day.slot_ms))
    cells = [(first, end) for first, end in pairwise(sorted(edges)) if _inside(profile.open, first, end)]
    masks = np.array([[_inside(pattern, *cell) for cell in cells] for pattern in patterns], bool)
    return PlaceClass(
        profile,
        screens,
        np.array(members, np.int64),
        orders,
        np.array(cells, np.int64).reshape(-1, 2),
        masks.reshape(len(patterns), len(cells))[pattern_of],
    )


def _own_slots(place_class: PlaceClass) -> Numbers:
    """Of each cell (C,), the slots that the venue reserves for its own notices."""
    reserved = place_class.profile.reserved
    slots = place_class.cells[:, END] - place_class.cells[:, FIRST]
    return slots * reserved.numerator // reserved.denominator


def _hour_starts(slots: int, slot_ms: int) -> Iterable[int]:
    """The first slot of each hour since the day began."""
    return (ceil_div(hour * HOUR_MS, slot_ms) for hour in range(slots * slot_ms // HOUR_MS + 1))


def _inside(ranges: Iterable[Range], first: int, end: int) -> bool:
    return any(a <= first and end <= b for a, b in ranges)


# --- edges


class Edges(NamedTuple):
    """Columns of a class's edges, as in `Market`."""

    order: Numbers
    cell: Numbers
    most: Numbers
    worth: Numbers


def _edges(place_class: PlaceClass, columns: OrderColumns, slot_ms: int, first_cell: int) -> Edges:
    row, cell = np.nonzero(place_class.allowed)
    order = place_class.orders[row]
    most = _most_spots(place_class.cells[cell], order, columns)
    hourly = columns.hourly[order]
    if hourly.any():
        # Cells do not cross hours. The cap so far is rounded down at both edges of a cell, so that the
        # differences of one hour's cells add up to its cap.
        at_first, at_end = (place_class.cells[cell, side] * slot_ms * hourly // HOUR_MS for side in (FIRST, END))
        most = np.where(hourly > 0, np.minimum(most, at_end - at_first), most)
    counts = np.array([_impressions(place_class.profile, a, b) for a, b in place_class.cells.tolist()], np.int64)
    worth = np.where(columns.impressions[order], counts[cell], 1000) * place_class.screens
    return Edges(order, cell + first_cell, most, worth)


def _most_spots(cells: Numbers, order: Numbers, columns: OrderColumns) -> Numbers:
    """How many spots fit into each of an order's cells (E, 2), so that the cells of an unbroken run fit together.

    A run of n slots holds (n + gap) // stride spots, for the last one needs no gap after it. Each cell gets the
    difference of that limit between its two edges; summed over the run the differences are the run's own limit.
    """
    continues = np.zeros(len(cells), bool)
    continues[1:] = (cells[1:, FIRST] == cells[:-1, END]) & (order[1:] == order[:-1])
    run_began = cells[np.maximum.accumulate(np.where(continues, 0, np.arange(len(cells)))), FIRST]
    until_end, until_first = (
        (cells[:, side] - run_began + columns.gap[order]) * columns.stride_by[order] // columns.stride[order]
        for side in (END, FIRST)
    )
    return np.asarray(until_end - np.where(continues, until_first, 0), np.int64)


def _impressions(profile: Profile, first: int, end: int) -> int:
    return next((count for (a, b), count in profile.impressions if a <= first and end <= b), 1000)


def _concatenated(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
