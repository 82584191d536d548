"""Plan a day of the network: allot and deal it, and make the rows of its places, beside the day's former plan."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from server.planner.allocate.allot import Allotment, allot
from server.planner.allocate.deal import Counts, Dealt, deal
from server.planner.model.allotments import NOTHING, Row, Why
from server.planner.model.arrays import END, FIRST, Numbers
from server.planner.model.hours import hours_of, promised_spots
from server.planner.model.market import Market, PlaceClass, market_of
from server.planner.model.network import NetworkDay, Order, Profile


@dataclass(frozen=True)
class NetworkPlan:
    """A day of the network, allotted and dealt."""

    market: Market
    allotment: Allotment
    dealt: tuple[Dealt, ...]


RowOf = Mapping[str, Row]  # the rows of places, by their ids
SLOT_BITS = 24  # a day has fewer than 2^24 slots, so an order's number and a slot fit into one integer


def plan_network(day: NetworkDay, before: RowOf | NetworkPlan | None = None) -> NetworkPlan:
    """Allot and deal a day. Places keep the plays that they had `before`, if these are still wanted and there is room.

    A class in which nothing changes keeps the identical object in `dealt` (see `changed_classes`).
    """
    market = market_of(day)
    if before is None:
        allotment = allot(market)
        return NetworkPlan(market, allotment, tuple(deal(market, allotment)))
    former = _carried_over(market, before) if isinstance(before, NetworkPlan) else _counted(market, before)
    plays = [dealt.totals()[place_class.allowed] for place_class, dealt in zip(market.classes, former, strict=True)]
    allotment = allot(market, np.concatenate(plays) if plays else None)
    return NetworkPlan(market, allotment, tuple(deal(market, allotment, former)))


def changed_classes(new: NetworkPlan, old: NetworkPlan) -> list[int]:
    """The classes of the new plan of which any place's plays changed."""
    unchanged = {id(dealt) for dealt in old.dealt}
    return [number for number, dealt in enumerate(new.dealt) if id(dealt) not in unchanged]


def _carried_over(market: Market, old: NetworkPlan) -> list[Dealt]:
    """The plays of each class in an earlier plan: as they are where the class is the same, else place by place."""
    numbers = {_class_key(place_class): n for n, place_class in enumerate(old.market.classes)}
    former = [numbers.get(_class_key(place_class), -1) for place_class in market.classes]
    pairs = list(zip(former, market.classes, strict=True))
    same = [n >= 0 and np.array_equal(old.market.classes[n].cells, place_class.cells) for n, place_class in pairs]
    changed = [place_class for place_class, is_same in zip(market.classes, same, strict=True) if not is_same]
    members = [member for place_class in changed for member in place_class.members.tolist()]
    rows = dict(allotted_places(old, {market.day.places[member].id for member in members}))
    bookings = {order.booking: number for number, order in enumerate(old.market.day.orders)}
    return [
        _reordered(market.day, place_class, old.market.classes[n], old.dealt[n], bookings)
        if is_same
        else _counted_class(market.day, place_class, rows)
        for (n, place_class), is_same in zip(pairs, same, strict=True)
    ]


def _class_key(place_class: PlaceClass) -> tuple[bytes, Profile]:
    return place_class.members.tobytes(), place_class.profile


def _reordered(
    day: NetworkDay, place_class: PlaceClass, former: PlaceClass, dealt: Dealt, bookings: Mapping[str, int]
) -> Dealt:
    """The rows of the same class, in the order of its present orders."""
    rows = {number: row for row, number in enumerate(former.orders.tolist())}
    numbers = [bookings.get(day.orders[n].booking, -1) for n in place_class.orders.tolist()]
    row_now = np.array([rows.get(number, -1) for number in numbers], np.int64)
    if np.array_equal(row_now, np.arange(len(former.orders))) and np.array_equal(former.allowed, place_class.allowed):
        return dealt
    # A new order has the row −1, which is this last one.
    nothing = np.zeros((len(dealt.plays), 1, len(place_class.cells)), np.uint16)
    plays = np.concatenate([dealt.plays, nothing], axis=1)[:, row_now]
    former_hours = np.concatenate([former.allowed, np.zeros((1, len(place_class.cells)), bool)])[row_now]
    kept = np.where(place_class.allowed, plays, 0)
    for n in np.flatnonzero((row_now >= 0) & (former_hours != place_class.allowed).any(axis=1)).tolist():
        if _is_spread(day, place_class, n):
            time = int((place_class.cells[:, END] - place_class.cells[:, FIRST])[former_hours[n]].sum())
            kept[:, n] = _spread_anew(place_class, n, plays[:, n].sum(axis=1, dtype=np.int64), time)
    return Dealt(kept.astype(np.uint16), dealt.row_of)


def _counted(market: Market, before: RowOf) -> list[Dealt]:
    return [_counted_class(market.day, place_class, before) for place_class in market.classes]


def _counted_class(day: NetworkDay, place_class: PlaceClass, before: RowOf) -> Dealt:
    """The plays that each place of a class had, in its present cells; places that share a row are counted once."""
    number = {day.orders[index].booking: n for n, index in enumerate(place_class.orders.tolist())}
    index_of: dict[int, int] = {}
    counts: list[Counts] = []
    row_of = np.zeros(len(place_class.members), np.int64)
    for n, member in enumerate(place_class.members.tolist()):
        row = before.get(day.places[member].id, NOTHING)
        if id(row) not in index_of:
            index_of[id(row)] = len(index_of)
            counts.append(_counts_of_row(day, place_class, number, row))
        row_of[n] = index_of[id(row)]
    return Dealt(np.stack(counts), row_of)


def _counts_of_row(day: NetworkDay, place_class: PlaceClass, number: Mapping[str, int], row: Row) -> Counts:
    """A row's parts as counts in the class's cells (orders, cells).

    Where cells have changed, a part's spots are divided over them in proportion to the time that it shares with each.

    Orders that are spread over their hours are spread anew if these hours have changed.
    """
    counts = np.zeros(place_class.allowed.shape, np.int64)
    orders = np.array([number.get(booking, -1) for booking in row.bookings], np.int64)
    order = np.repeat(orders, np.diff(row.part_of))
    known = np.flatnonzero(order >= 0)
    order, (first, end, spots) = order[known], row.parts[known].T.astype(np.int64)
    if not len(place_class.cells) or not len(known):
        return counts.astype(np.uint16)
    cell = np.searchsorted(place_class.cells[:, FIRST], first).clip(max=len(place_class.cells) - 1)
    same = (place_class.cells[cell] == np.stack([first, end], axis=1)).all(axis=1) & place_class.allowed[order, cell]
    np.add.at(counts, (order[same], cell[same]), spots[same])
    for n in np.flatnonzero(~same & (spots > 0)).tolist():
        shared = np.minimum(place_class.cells[:, END], end[n]) - np.maximum(place_class.cells[:, FIRST], first[n])
        shares = np.maximum(shared, 0) * place_class.allowed[order[n]]
        counts[order[n]] += np.diff(np.cumsum(shares) * spots[n] // max(1, end[n] - first[n]), prepend=0)
    for n in _orders_with_changed_hours(place_class, order, first, end, same):
        if _is_spread(day, place_class, n):
            own = order == n
            counts[n] = _spread_anew(place_class, n, spots[own].sum(), int((end - first)[own].sum()))
    return counts.astype(np.uint16)


def _orders_with_changed_hours(
    place_class: PlaceClass, order: Numbers, first: Numbers, end: Numbers, same: Numbers
) -> list[int]:
    """The orders whose hours differ from those of the parts that they had (order, first slot, end).

    same: parts that are a cell of the order now; if all of an order's are, and no cell is missing, nothing changed
    """
    had, kept = (np.bincount(which, minlength=len(place_class.orders)) for which in (order, order[same]))
    unsure = (had > 0) & ((had != kept) | (had != place_class.allowed.sum(axis=1)))
    if not unsure.any():
        return []
    mine = unsure[order]
    order_now, cell = np.nonzero(place_class.allowed & unsure[:, None])
    before = _bounds(order[mine], first[mine], end[mine])
    after = _bounds(order_now, place_class.cells[cell, FIRST], place_class.cells[cell, END])
    return [int(n) for n in np.unique(np.setxor1d(before, after) >> SLOT_BITS)]


def _bounds(order: Numbers, first: Numbers, end: Numbers) -> Numbers:
    """Where each order's hours begin and end, as an order and a slot in one number.

    An edge between parts that touch occurs among the firsts and the ends, so the symmetric difference leaves it out.
    """
    return np.setxor1d((order << SLOT_BITS) + first, (order << SLOT_BITS) + end)


def _is_spread(day: NetworkDay, place_class: PlaceClass, number: int) -> bool:
    """Whether an order of the class is spread over its hours. A share has its part of every cell instead."""
    return day.orders[place_class.orders[number]].share is None


def _spread_anew(place_class: PlaceClass, number: int, spots: Any, time: int) -> Numbers:
    """Spots (rows,) that filled `time` slots, spread evenly over the order's present hours, at most as densely."""
    reach = np.cumsum((place_class.cells[:, END] - place_class.cells[:, FIRST]) * place_class.allowed[number])
    return np.diff(np.multiply.outer(spots, reach) // max(1, time, int(reach[-1])), prepend=0)


def allotted_places(network: NetworkPlan, of: Container[str] | None = None) -> Iterator[tuple[str, Row]]:
    """The row of each place (`of` these, or every one), with its id; places with equal plays share one object."""
    places = network.market.day.places
    for number, (place_class, dealt) in enumerate(zip(network.market.classes, network.dealt, strict=True)):
        mine = [(n, places[member].id) for n, member in enumerate(place_class.members.tolist())]
        requested = [(int(dealt.row_of[n]), id_) for n, id_ in mine if of is None or id_ in of]
        if not requested:
            continue
        class_rows = ClassRows(network, number)
        rows = {row: class_rows.row(row) for row in {row for row, _ in requested}}
        for row, id_ in requested:
            yield id_, rows[row]


class ClassRows:
    """Makes the rows of a class. Its orders sorted by their bookings, which all rows share, are computed once."""

    def __init__(self, network: NetworkPlan, number: int) -> None:
        """Class `number` of the plan."""
        self.place_class, self.dealt = network.market.classes[number], network.dealt[number]
        day = network.market.day
        orders = [day.orders[index] for index in self.place_class.orders.tolist()]
        self.by_booking = np.array(sorted(range(len(orders)), key=lambda n: orders[n].booking), np.int64)
        self.bookings = [orders[n].booking for n in self.by_booking.tolist()]
        self.allowed = self.place_class.allowed[self.by_booking]
        profile = self.place_class.profile
        wanted = [0 if order.plays is not None else promised_spots(order, profile, day.slot_ms) for order in orders]
        self.wanted = np.array(wanted, np.int64)[self.by_booking]
        whys = _whys(network, number, wanted) if any(wanted) else [""] * len(orders)
        self.whys = [whys[n] for n in self.by_booking.tolist()]

    def row(self, number: int) -> Row:
        """The row of each place with these plays. An order of plays in all wants on a place just what it gets there."""
        plays = self.dealt.plays[number][self.by_booking]
        given = plays.sum(axis=1, dtype=np.int64)
        kept = np.flatnonzero((given > 0) | (self.wanted > 0))
        allowed = self.allowed[kept]
        order, cell = np.nonzero(allowed)
        short = (self.wanted[kept] > given[kept]).tolist()
        return Row(
            bookings=tuple(self.bookings[n] for n in kept.tolist()),
            wanted=np.maximum(self.wanted[kept], given[kept]),
            whys=tuple(self.whys[n] if is_short else "" for n, is_short in zip(kept.tolist(), short, strict=True)),
            part_of=np.concatenate([[0], np.cumsum(allowed.sum(axis=1))]).astype(np.int32),
            parts=np.column_stack([self.place_class.cells[cell], plays[kept[order], cell]]).astype(np.int32),
        )


def _whys(network: NetworkPlan, number: int, wanted: Sequence[int]) -> list[Why]:
    """Of each order of this class, why it would get less than it wants on a place."""
    market, place_class = network.market, network.market.classes[number]
    day, planned = market.day, network.dealt[number].plays[0].sum(axis=1, dtype=np.int64).tolist()
    orders = [day.orders[index] for index in place_class.orders.tolist()]
    slots = sum(max(pair) * order.slots for order, *pair in zip(orders, wanted, planned, strict=True))
    overbooked = slots > sum(end - first for first, end in place_class.profile.open)
    return [_why(order, place_class, n, overbooked, day.slot_ms) for n, order in enumerate(orders)]


def _why(order: Order, place_class: PlaceClass, number: int, overbooked: bool, slot_ms: int) -> Why:
    if not place_class.allowed[number].any():
        return "too_short" if hours_of(order, place_class.profile, slot_ms).owed else "closed"
    # Where there is time enough, it is the distance to others that leaves no room for spots.
    return "overbooked" if overbooked else "no_room"
