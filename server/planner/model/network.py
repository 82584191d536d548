"""A day of the whole network as numbers: who wants what, where it may play, and what room there is.

Screens that no order tells apart are one class, since an exact answer for the class is one for each of its screens
once it is dealt out (SHALE's framing of supply and demand, arXiv 1203.3619). A class's day is cut into cells wherever
anybody's hours begin or end.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from media.integers import ceil_div
from server.planner.model.days import HOUR_MS, LocalDay, Range, WeeklySpan, both, ranges_within
from server.planner.model.problem import Apart

Numbers = NDArray[Any]  # not compiled.py's name: the web reads days too, and carries no numba
Flags = NDArray[np.bool_]
HoursMemo = dict[tuple[int, int], tuple[Range, ...]]

# Groups that share a cell get this much of what their distance allows: a sequence exists at the full limit only if
# nothing else is in the way. Measured (tests/bench/plan.py): with 0.85 fewer than two spots in ten thousand are lost.
HEADROOM = Fraction(85, 100)


class Rank(IntEnum):
    """Who comes first where not all fits. Time that nobody takes is house content's."""

    TAKEOVER = 0
    SHARE = 1
    GUARANTEED = 2
    OWN = 3
    BONUS = 4


@dataclass(frozen=True)
class Order:
    """What a booking wants of one day. Exactly one of `plays` (in all), `share` and `each` (of every screen) is given.

    slots: of one spot, the mean of its creatives · targets: traits, any of which a screen must have; none means all
    barred: traits of which a screen must have none
    hourly: most plays of an hour on a screen · since_ms: nothing is owed for the time before
    """

    booking: str
    rank: Rank
    advertiser: str
    category: str
    slots: Fraction
    dayparts: tuple[WeeklySpan, ...]
    targets: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    plays: int | None = None
    share: Fraction | None = None
    each: Fraction | None = None
    impressions: bool = False
    hourly: int | None = None
    longest: int = 1
    since_ms: int = 0


@dataclass(frozen=True)
class Profile:
    """What decides a screen's day beside its traits: equal for all screens of a venue, and of many venues.

    advert_free: on, but for house content only · barred: a category and where it must not play ·
    reserved: the venue's own part · impressions: thousandths of an impression for a play, by slot ranges
    """

    day: LocalDay
    open: tuple[Range, ...]
    advert_free: tuple[Range, ...] = ()
    barred: tuple[tuple[str, tuple[Range, ...]], ...] = ()
    reserved: Fraction = Fraction(0)
    impressions: tuple[tuple[Range, int], ...] = ()


@dataclass(frozen=True)
class Place:
    """A screen, or a bank that shows the same on all its `screens`."""

    id: str
    profile: int
    traits: frozenset[str]
    screens: int = 1


@dataclass(frozen=True)
class NetworkDay:
    slot_ms: int
    orders: tuple[Order, ...]
    profiles: tuple[Profile, ...]
    places: Sequence[Place]
    apart: Apart = field(default_factory=Apart)

    @cached_property
    def named(self) -> frozenset[str]:
        """The traits by which any order tells places apart."""
        return frozenset().union(*(order.targets | order.barred for order in self.orders))


@dataclass(frozen=True)
class PlaceClass:
    """Places that no order tells apart: `members` are indices into the day's places, `orders` into its orders.

    cells (C, 2): first slot and end · may (O, C): whether the order may play there
    """

    profile: Profile
    screens: int
    members: Numbers
    orders: Numbers
    cells: Numbers
    may: Flags


@dataclass(frozen=True)
class Market:
    """The classes in columns. Edge e joins order `edge_order[e]` to cell `edge_cell[e]`; `edge_class[e]` is its class.

    cell_places, cell_slots (X,): places, and slots of each place · cell_own (X,): of these, the venue's own
    cell_of (classes + 1,): where a class's cells begin
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
        """A number for each order's advertiser; −1 keeps apart from nobody."""
        return numbered(_advertiser(order) for order in self.day.orders)

    @cached_property
    def goes_on(self) -> Flags:
        """Of each cell (X,), whether the class's next cell begins where it ends: its last gap reaches into that one."""
        if not len(self.cell_slots):
            return np.zeros(0, bool)
        cells = np.concatenate([place_class.cells for place_class in self.classes])
        last = np.isin(np.arange(1, len(cells) + 1), self.cell_of)
        return np.asarray(~last & (np.append(cells[1:, 0], -1) == cells[:, 1]))

    @cached_property
    def category(self) -> Numbers:
        return numbered(order.category if order.rank != Rank.TAKEOVER else "" for order in self.day.orders)


def market_of(day: NetworkDay) -> Market:
    """Group the places, cut their days, and lay everything out in columns."""
    columns = _columns(day)
    classes = tuple(_classes(day, columns))
    cells = [len(one.cells) for one in classes]
    edges = [int(one.may.sum()) for one in classes]
    cell_of = np.concatenate([[0], np.cumsum(cells)]).astype(np.int64)
    parts = [_edges(one, columns, day.slot_ms, int(first)) for one, first in zip(classes, cell_of, strict=False)]
    order, cell, most, worth = (_joined([part[n] for part in parts]) for n in range(4))
    return Market(
        day=day,
        classes=classes,
        cell_of=cell_of,
        cell_places=np.repeat([len(one.members) for one in classes], cells).astype(np.int64),
        cell_slots=_joined([one.cells[:, 1] - one.cells[:, 0] for one in classes]),
        cell_own=_joined([_own(one) for one in classes]),
        edge_of=np.concatenate([[0], np.cumsum(edges)]).astype(np.int64),
        edge_order=order,
        edge_cell=cell,
        edge_class=np.repeat(np.arange(len(classes)), edges),
        edge_most=most,
        worth=worth,
    )


def spot_limit(slots: Numbers | int, length: Fraction, gap: int) -> Numbers:
    """How many spots of this length, with the gap between them, so many slots can hold."""
    stride = length + gap
    return (np.asarray(slots, np.int64) + gap) * stride.denominator // stride.numerator


def numbered(names: Iterable[str]) -> Numbers:
    """Equal names get equal numbers in order of appearance; no name is −1."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(name, len(known)) if name else -1 for name in names], np.int64)


def _advertiser(order: Order) -> str:
    return order.advertiser if order.rank != Rank.TAKEOVER else ""


class OrderColumns(NamedTuple):
    """Of each order (O,). kind: equal for those of equal hours · stride, stride_by: slots of a spot with the gap
    after it, as a fraction · hourly: most plays an hour, 0 for no cap · impressions: whether they are its goal
    """

    kind: Numbers
    stride: Numbers
    stride_by: Numbers
    gap: Numbers
    hourly: Numbers
    impressions: Flags


def _columns(day: NetworkDay) -> OrderColumns:
    kinds: dict[tuple[object, ...], int] = {}
    kind = [kinds.setdefault(_hours_key(order), len(kinds)) for order in day.orders]
    gap = [0 if order.rank == Rank.TAKEOVER else day.apart.creative for order in day.orders]
    stride = [order.slots + after for order, after in zip(day.orders, gap, strict=True)]
    return OrderColumns(
        kind=np.array(kind, np.int64),
        stride=np.array([one.numerator for one in stride], np.int64),
        stride_by=np.array([one.denominator for one in stride], np.int64),
        gap=np.array(gap, np.int64),
        hourly=np.array([order.hourly or 0 for order in day.orders], np.int64),
        impressions=np.array([order.impressions for order in day.orders], bool),
    )


def _hours_key(order: Order) -> tuple[object, ...]:
    return order.dayparts, order.category, order.longest, order.since_ms, order.impressions


def _classes(day: NetworkDay, columns: OrderColumns) -> Iterable[PlaceClass]:
    groups: dict[tuple[int, int, frozenset[str]], list[int]] = defaultdict(list)
    for index, place in enumerate(day.places):
        groups[place.profile, place.screens, place.traits & day.named].append(index)
    by_trait: dict[str, list[int]] = defaultdict(list)
    for number, order in enumerate(day.orders):
        for trait in order.targets or ("",):
            by_trait[trait].append(number)
    hours: HoursMemo = {}
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
    hours: HoursMemo,
) -> PlaceClass:
    profile = day.profiles[number]
    _, first, pattern_of = np.unique(columns.kind[orders], return_index=True, return_inverse=True)
    patterns: list[tuple[Range, ...]] = []
    for index in orders[first].tolist():
        key = number, int(columns.kind[index])
        if key not in hours:
            hours[key] = _hours(profile, day.orders[index], day.slot_ms)
        patterns.append(hours[key])
    edges = {edge for pattern in [*patterns, profile.open] for pair in pattern for edge in pair}
    edges |= {edge for (first, end), _ in profile.impressions for edge in (first, end)}
    if columns.hourly[orders].any():
        edges |= set(_hours_from(profile.day.slots(day.slot_ms), day.slot_ms))
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


def ranges_of(order: Order, profile: Profile, slot_ms: int) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
    """The order's hours in which a screen is on and free for it, all day; and of these what it is owed."""
    return hours_on(
        profile,
        slot_ms,
        dayparts=order.dayparts,
        category=order.category,
        impressions=order.impressions,
        since_ms=order.since_ms,
    )


def hours_on(
    profile: Profile,
    slot_ms: int,
    *,
    dayparts: Sequence[WeeklySpan],
    category: str,
    impressions: bool,
    since_ms: int,
) -> tuple[tuple[Range, ...], tuple[Range, ...]]:
    """Where on a day such a booking may play, and of these hours what it is owed: the one statement of that rule."""
    day = profile.day
    whole = [(0, day.whole_slots(slot_ms))]
    ranges = both(both(profile.open, ranges_within(day, dayparts, slot_ms)), whole)
    unseen = unseen_of(profile) if impressions else ()
    ranges = without(ranges, sorted([*profile.advert_free, *barred_of(profile, category), *unseen]))
    since = max(0, ceil_div(since_ms - day.starts_ms, slot_ms))
    return ranges, both(ranges, [(since, day.slots(slot_ms))])


def barred_of(profile: Profile, category: str) -> tuple[Range, ...]:
    return tuple(part for barred, parts in profile.barred if barred == category for part in parts)


def unseen_of(profile: Profile) -> tuple[Range, ...]:
    """Where nobody looks: a play there is worth nothing to a goal in impressions."""
    return tuple(span for span, count in profile.impressions if not count)


def wanted_of(order: Order, profile: Profile, slot_ms: int) -> int:
    """Spots that a share, or plays on every screen, promise a screen on this day."""
    whole, owed = ranges_of(order, profile, slot_ms)
    slots = sum(end - first for first, end in owed)
    if order.share is not None:
        return int(order.share * slots / order.slots + Fraction(1, 2))
    assert order.each is not None
    length = sum(end - first for first, end in whole)
    return int(order.each * slots / length + Fraction(1, 2)) if length else int(order.each)


def _hours(profile: Profile, order: Order, slot_ms: int) -> tuple[Range, ...]:
    """Where the order may play: what it is owed, as far as its longest spot fits."""
    return tuple((first, end) for first, end in ranges_of(order, profile, slot_ms)[1] if end - first >= order.longest)


def without(ranges: Iterable[Range], taken: Sequence[Range]) -> tuple[Range, ...]:
    """What is left of ranges when sorted others are cut out."""
    left: list[Range] = []
    for first, end in ranges:
        at = first
        for a, b in taken:
            if b <= at or a >= end:
                continue
            if a > at:
                left.append((at, a))
            at = max(at, b)
        if at < end:
            left.append((at, end))
    return tuple(left)


def _edges(
    one: PlaceClass, columns: OrderColumns, slot_ms: int, first_cell: int
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    row, cell = np.nonzero(one.may)
    order = one.orders[row]
    most = _most_spots(one.cells[cell], order, columns)
    hourly = columns.hourly[order]
    if hourly.any():
        # Cells do not cross hours, and those of one hour have its cap between them.
        before, after = (one.cells[cell, side] * slot_ms * hourly // HOUR_MS for side in (0, 1))
        most = np.where(hourly > 0, np.minimum(most, after - before), most)
    counts = np.array([_impressions(one.profile, a, b) for a, b in one.cells.tolist()], np.int64)
    worth = np.where(columns.impressions[order], counts[cell], 1000) * one.screens
    return order, cell + first_cell, most, worth


def _most_spots(cells: Numbers, order: Numbers, columns: OrderColumns) -> Numbers:
    """How many spots fit into each of an order's cells (E, 2), so that those of an unbroken run fit together."""
    goes_on = np.zeros(len(cells), bool)
    goes_on[1:] = (cells[1:, 0] == cells[:-1, 1]) & (order[1:] == order[:-1])
    began = cells[np.maximum.accumulate(np.where(goes_on, 0, np.arange(len(cells)))), 0]
    end, first = (
        (cells[:, side] - began + columns.gap[order]) * columns.stride_by[order] // columns.stride[order]
        for side in (1, 0)
    )
    return np.asarray(end - np.where(goes_on, first, 0), np.int64)


def _impressions(profile: Profile, first: int, end: int) -> int:
    return next((count for (a, b), count in profile.impressions if a <= first and end <= b), 1000)


def _own(one: PlaceClass) -> Numbers:
    """Slots that the venue reserves for its own notices."""
    reserved = one.profile.reserved
    return (one.cells[:, 1] - one.cells[:, 0]) * reserved.numerator // reserved.denominator


def _hours_from(slots: int, slot_ms: int) -> Iterable[int]:
    """The first slot of each hour since the day began."""
    return (ceil_div(hour * HOUR_MS, slot_ms) for hour in range(slots * slot_ms // HOUR_MS + 1))


def _inside(ranges: Iterable[Range], first: int, end: int) -> bool:
    return any(a <= first and end <= b for a, b in ranges)


def _joined(parts: Sequence[Numbers]) -> Numbers:
    return np.concatenate(parts).astype(np.int64) if parts else np.zeros(0, np.int64)
