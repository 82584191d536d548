"""From the network's day to each place's: what is allotted to its bookings, in parts of its day."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np

from server.planner.allocate.allot import Allotment, allot
from server.planner.allocate.deal import Counts, Dealt, deal
from server.planner.model.allotments import NOTHING, Row, Why
from server.planner.model.network import (
    Market,
    NetworkDay,
    Numbers,
    Order,
    PlaceClass,
    Rank,
    market_of,
    ranges_of,
    wanted_of,
)
from server.planner.model.nights import portions_on
from server.planner.model.problem import Booking


def order_of(booking: Booking, on: date, *, plays: int = 0) -> Order | None:
    """What a booking wants of a day, or None outside of its flight. `plays`: what the day owes of the flight's goal."""
    dayparts = booking.spans_on(on)
    if not dayparts:
        return None
    share = Fraction(1) if booking.takes_over else booking.goal / 100 if booking.goal_kind == "share" else None
    each = _each_on(booking, on) if booking.goal_kind == "plays_per_day" else None
    return Order(
        booking=booking.id,
        rank=_rank(booking),
        advertiser=booking.advertiser,
        category=booking.category,
        slots=booking.mean_slots,
        longest=max(creative.slots for creative in booking.creatives),
        dayparts=dayparts,
        targets=booking.targets,
        barred=booking.barred,
        since_ms=booking.since_ms,
        plays=plays if share is None and each is None else None,
        share=share,
        each=each,
        impressions=booking.goal_kind == "impressions",
        hourly=booking.hourly,
    )


def _each_on(booking: Booking, on: date) -> Fraction:
    """Plays of every screen on a date.

    A night's plays are divided at midnight by its hours. Its evening's are rounded up and its morning's down, so that
    together they are the goal.
    """
    evening, morning = portions_on(booking.dayparts, on, starts_on=booking.starts_on, ends_on=booking.ends_on)
    return Fraction(ceil(booking.goal * evening) + floor(booking.goal * morning))


def _rank(booking: Booking) -> Rank:
    if booking.takes_over:
        return Rank.TAKEOVER
    if booking.preemptible:
        return Rank.BONUS
    return Rank.SHARE if booking.goal_kind == "share" else Rank.GUARANTEED


@dataclass(frozen=True)
class NetworkPlan:
    """A day of the network, allotted and dealt."""

    market: Market
    allotment: Allotment
    dealt: tuple[Dealt, ...]


Held = Mapping[str, Row]
SLOT_BITS = 24  # more than any day has slots


def plan_network(day: NetworkDay, before: Held | NetworkPlan | None = None) -> NetworkPlan:
    """Allot and deal a day. What places had `before` they keep, if it is still wanted and there is room.

    A class of which nothing changes keeps the very object in `dealt` (see `changed_classes`).
    """
    market = market_of(day)
    if before is None:
        allotment = allot(market)
        return NetworkPlan(market, allotment, tuple(deal(market, allotment)))
    held = _before_of(market, before) if isinstance(before, NetworkPlan) else _held(market, before)
    plays = [dealt.totals()[one.may] for one, dealt in zip(market.classes, held, strict=True)]
    allotment = allot(market, np.concatenate(plays) if plays else None)
    return NetworkPlan(market, allotment, tuple(deal(market, allotment, held)))


def changed_classes(new: NetworkPlan, old: NetworkPlan) -> list[int]:
    """The classes of the new plan whose places are not dealt just what they were."""
    same = {id(dealt) for dealt in old.dealt}
    return [number for number, dealt in enumerate(new.dealt) if id(dealt) not in same]


def _before_of(market: Market, old: NetworkPlan) -> list[Dealt]:
    """What an earlier plan dealt to each class: as it is where the class is the same, else place by place."""
    known = {(one.members.tobytes(), one.profile): n for n, one in enumerate(old.market.classes)}
    found = [known.get((one.members.tobytes(), one.profile), -1) for one in market.classes]
    pairs = list(zip(found, market.classes, strict=True))
    same = [n >= 0 and np.array_equal(old.market.classes[n].cells, one.cells) for n, one in pairs]
    moved = [one for one, is_same in zip(market.classes, same, strict=True) if not is_same]
    held = dict(allotted_places(old, {market.day.places[n].id for one in moved for n in one.members.tolist()}))
    bookings = {order.booking: number for number, order in enumerate(old.market.day.orders)}
    return [
        _renumbered(market.day, one, old.market.classes[n], old.dealt[n], bookings)
        if is_same
        else _held_class(market.day, one, held)
        for (n, one), is_same in zip(pairs, same, strict=True)
    ]


def _renumbered(day: NetworkDay, one: PlaceClass, was: PlaceClass, dealt: Dealt, bookings: Mapping[str, int]) -> Dealt:
    """The same class's rows in the order of its orders of now."""
    rows = {number: row for row, number in enumerate(was.orders.tolist())}
    now = np.array([rows.get(bookings.get(day.orders[n].booking, -1), -1) for n in one.orders.tolist()], np.int64)
    if np.array_equal(now, np.arange(len(was.orders))) and np.array_equal(was.may, one.may):
        return dealt
    nothing = np.zeros((len(dealt.plays), 1, len(one.cells)), np.uint16)  # what −1 finds: an order that is new
    plays = np.concatenate([dealt.plays, nothing], axis=1)[:, now]
    hours = np.concatenate([was.may, np.zeros((1, len(one.cells)), bool)])[now]
    held = np.where(one.may, plays, 0)
    for n in np.flatnonzero((now >= 0) & (hours != one.may).any(axis=1)).tolist():
        if _is_spread(day, one, n):
            time = int((one.cells[:, 1] - one.cells[:, 0])[hours[n]].sum())
            held[:, n] = _spread_anew(one, n, plays[:, n].sum(axis=1, dtype=np.int64), time)
    return Dealt(held.astype(np.uint16), dealt.row_of)


def _held(market: Market, before: Held) -> list[Dealt]:
    return [_held_class(market.day, one, before) for one in market.classes]


def _held_class(day: NetworkDay, one: PlaceClass, before: Held) -> Dealt:
    """What each place of a class holds, in the cells of now; places that hold the same object are counted once."""
    number = {day.orders[index].booking: n for n, index in enumerate(one.orders.tolist())}
    rows: dict[int, int] = {}
    counts: list[Counts] = []
    row_of = np.zeros(len(one.members), np.int64)
    for n, member in enumerate(one.members.tolist()):
        held = before.get(day.places[member].id, NOTHING)
        if id(held) not in rows:
            rows[id(held)] = len(rows)
            counts.append(_recounted(day, one, number, held))
        row_of[n] = rows[id(held)]
    return Dealt(np.stack(counts), row_of)


def _recounted(day: NetworkDay, one: PlaceClass, number: Mapping[str, int], held: Row) -> Counts:
    """Parts as counts of the class's cells: where cells were cut anew, a part's spots go by the time they share.

    Spots that are spread over an order's hours are spread anew if these became others.
    """
    counts = np.zeros(one.may.shape, np.int64)
    orders = np.array([number.get(booking, -1) for booking in held.bookings], np.int64)
    order = np.repeat(orders, np.diff(held.part_of))
    known = np.flatnonzero(order >= 0)
    order, (first, end, spots) = order[known], held.parts[known].T.astype(np.int64)
    if not len(one.cells) or not len(known):
        return counts.astype(np.uint16)
    cell = np.searchsorted(one.cells[:, 0], first).clip(max=len(one.cells) - 1)
    same = (one.cells[cell] == np.stack([first, end], axis=1)).all(axis=1) & one.may[order, cell]
    np.add.at(counts, (order[same], cell[same]), spots[same])
    for n in np.flatnonzero(~same & (spots > 0)).tolist():
        shared = np.minimum(one.cells[:, 1], end[n]) - np.maximum(one.cells[:, 0], first[n])
        mine = np.maximum(shared, 0) * one.may[order[n]]
        counts[order[n]] += np.diff(np.cumsum(mine) * spots[n] // max(1, end[n] - first[n]), prepend=0)
    for n in _with_other_hours(one, order, first, end, same):
        if _is_spread(day, one, n):
            mine = order == n
            counts[n] = _spread_anew(one, n, spots[mine].sum(), int((end - first)[mine].sum()))
    return counts.astype(np.uint16)


def _with_other_hours(one: PlaceClass, order: Numbers, first: Numbers, end: Numbers, same: Numbers) -> list[int]:
    """The orders whose hours are others than those of the parts that they held (order, first slot, end).

    same: parts that are a cell of the order's now; if all of an order's are, and no cell is missing, nothing changed
    """
    held, kept = (np.bincount(which, minlength=len(one.orders)) for which in (order, order[same]))
    unsure = (held > 0) & ((held != kept) | (held != one.may.sum(axis=1)))
    if not unsure.any():
        return []
    mine = unsure[order]
    now, cell = np.nonzero(one.may & unsure[:, None])
    before = _bounds_of(order[mine], first[mine], end[mine])
    after = _bounds_of(now, one.cells[cell, 0], one.cells[cell, 1])
    return [int(n) for n in np.unique(np.setxor1d(before, after) >> SLOT_BITS)]


def _bounds_of(order: Numbers, first: Numbers, end: Numbers) -> Numbers:
    """Where each order's hours begin and end, as numbers of an order and a slot; parts that touch are one."""
    return np.setxor1d((order << SLOT_BITS) + first, (order << SLOT_BITS) + end)


def _is_spread(day: NetworkDay, one: PlaceClass, number: int) -> bool:
    """Whether an order of the class is spread over its hours. A share has its part of every cell by itself."""
    return day.orders[one.orders[number]].share is None


def _spread_anew(one: PlaceClass, number: int, spots: Any, time: int) -> Numbers:
    """Spots (rows,) that were held in so many slots, evenly over the order's hours of now, at most as densely."""
    reach = np.cumsum((one.cells[:, 1] - one.cells[:, 0]) * one.may[number])
    return np.diff(np.multiply.outer(spots, reach) // max(1, time, int(reach[-1])), prepend=0)


def allotted_places(network: NetworkPlan, of: Container[str] | None = None) -> Iterator[tuple[str, Row]]:
    """What each place (`of` these, or every one) is allotted; places that are dealt the same share one answer."""
    places = network.market.day.places
    for number, (one, dealt) in enumerate(zip(network.market.classes, network.dealt, strict=True)):
        mine = [(n, places[member].id) for n, member in enumerate(one.members.tolist())]
        asked = [(int(dealt.row_of[n]), id_) for n, id_ in mine if of is None or id_ in of]
        if not asked:
            continue
        made = Rows(network, number)
        rows = {row: made.row(row) for row in {row for row, _ in asked}}
        for row, id_ in asked:
            yield id_, rows[row]


class Rows:
    """The rows of a class: what is the same for all of them, its orders by their bookings, is looked up once."""

    def __init__(self, network: NetworkPlan, number: int) -> None:
        self.one, self.dealt = network.market.classes[number], network.dealt[number]
        day = network.market.day
        orders = [day.orders[index] for index in self.one.orders.tolist()]
        self.turn = np.array(sorted(range(len(orders)), key=lambda n: orders[n].booking), np.int64)
        self.bookings = [orders[n].booking for n in self.turn.tolist()]
        self.may = self.one.may[self.turn]
        wanted = [0 if one.plays is not None else wanted_of(one, self.one.profile, day.slot_ms) for one in orders]
        self.wanted = np.array(wanted, np.int64)[self.turn]
        whys = _whys(network, number, wanted) if any(wanted) else [""] * len(orders)
        self.whys = [whys[n] for n in self.turn.tolist()]

    def row(self, number: int) -> Row:
        """An order of plays in all wants of a place what it is given there."""
        plays = self.dealt.plays[number][self.turn]
        given = plays.sum(axis=1, dtype=np.int64)
        kept = np.flatnonzero((given > 0) | (self.wanted > 0))
        may = self.may[kept]
        order, cell = np.nonzero(may)
        short = (self.wanted[kept] > given[kept]).tolist()
        return Row(
            bookings=tuple(self.bookings[n] for n in kept.tolist()),
            wanted=np.maximum(self.wanted[kept], given[kept]),
            whys=tuple(self.whys[n] if is_short else "" for n, is_short in zip(kept.tolist(), short, strict=True)),
            part_of=np.concatenate([[0], np.cumsum(may.sum(axis=1))]).astype(np.int32),
            parts=np.column_stack([self.one.cells[cell], plays[kept[order], cell]]).astype(np.int32),
        )


def _whys(network: NetworkPlan, number: int, wanted: Sequence[int]) -> list[Why]:
    """Why an order of this class would have less than it wants of a place."""
    market, one = network.market, network.market.classes[number]
    day, given = market.day, network.dealt[number].plays[0].sum(axis=1, dtype=np.int64).tolist()
    orders = [day.orders[index] for index in one.orders.tolist()]
    slots = sum(max(pair) * order.slots for order, *pair in zip(orders, wanted, given, strict=True))
    overbooked = slots > sum(end - first for first, end in one.profile.open)
    return [_why(order, one, n, overbooked, day.slot_ms) for n, order in enumerate(orders)]


def _why(order: Order, one: PlaceClass, number: int, overbooked: bool, slot_ms: int) -> Why:
    if not one.may[number].any():
        return "too_short" if ranges_of(order, one.profile, slot_ms)[1] else "closed"
    # Where there would be time enough, it is the distance to others that keeps spots out.
    return "overbooked" if overbooked else "no_room"
