"""From the network's day to each place's: what is allotted to its bookings, in parts of its day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np

from server.planner.allot import Allotment, allot
from server.planner.deal import Counts, Dealt, deal
from server.planner.network import Market, NetworkDay, Numbers, Order, PlaceClass, Rank, market_of, ranges_of, wanted_of
from server.planner.problem import Allotted, Booking, Part, Why


def order_of(booking: Booking, on: date, *, plays: int = 0) -> Order | None:
    """What a booking wants of a day, or None outside of its flight. `plays`: what the day owes of the flight's goal."""
    if not booking.starts_on <= on <= booking.ends_on:
        return None
    share = Fraction(1) if booking.takes_over else booking.goal / 100 if booking.goal_kind == "share" else None
    each = booking.goal if booking.goal_kind == "plays_per_day" else None
    return Order(
        booking=booking.id,
        rank=_rank(booking),
        advertiser=booking.advertiser,
        category=booking.category,
        slots=booking.mean_slots,
        longest=max(creative.slots for creative in booking.creatives),
        dayparts=booking.dayparts,
        targets=booking.targets,
        since_ms=booking.since_ms,
        plays=plays if share is None and each is None else None,
        share=share,
        each=each,
        impressions=booking.goal_kind == "impressions",
        hourly=booking.hourly,
    )


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


Held = Mapping[str, tuple[Allotted, ...]]


def plan_network(day: NetworkDay, before: Held | None = None) -> NetworkPlan:
    """Allot and deal a day. What places hold from `before` they keep, if it is still wanted and there is room."""
    market = market_of(day)
    if before is None:
        allotment = allot(market)
        return NetworkPlan(market, allotment, tuple(deal(market, allotment)))
    held = [_held(day, one, before) for one in market.classes]
    plays = [rows.sum(axis=0, dtype=np.int64)[one.may] for one, rows in zip(market.classes, held, strict=True)]
    allotment = allot(market, np.concatenate(plays) if plays else None)
    return NetworkPlan(market, allotment, tuple(deal(market, allotment, held)))


def _held(day: NetworkDay, one: PlaceClass, before: Held) -> Counts:
    """What each place of a class holds, in the cells of now; places that hold the same are counted once."""
    number = {day.orders[index].booking: n for n, index in enumerate(one.orders.tolist())}
    rows: dict[int, Counts] = {}
    counts = np.zeros((len(one.members), *one.may.shape), np.uint16)
    for n, member in enumerate(one.members.tolist()):
        held = before.get(day.places[member].id, ())
        if id(held) not in rows:
            rows[id(held)] = _recounted(one, number, held)
        counts[n] = rows[id(held)]
    return counts


def _recounted(one: PlaceClass, number: Mapping[str, int], held: tuple[Allotted, ...]) -> Counts:
    """Parts as counts of the class's cells: where cells were cut anew, a part's spots go by the time they share."""
    counts = np.zeros(one.may.shape, np.int64)
    firsts, ends = one.cells[:, 0], one.cells[:, 1]
    for allotted in held:
        order = number.get(allotted.booking)
        if order is None:
            continue
        for first, end, spots in allotted.parts:
            shared = np.maximum(np.minimum(ends, end) - np.maximum(firsts, first), 0) * one.may[order]
            counts[order] += np.diff(np.cumsum(shared) * spots // max(1, end - first), prepend=0)
    return counts.astype(np.uint16)


def allotted_places(network: NetworkPlan) -> Iterator[tuple[str, tuple[Allotted, ...]]]:
    """What each place of the day is allotted; places that are dealt the same share one answer."""
    for number, (one, dealt) in enumerate(zip(network.market.classes, network.dealt, strict=True)):
        whys = _whys(network, number)
        rows = [tuple(_allotted(network.market.day, one, row, whys)) for row in dealt.plays.astype(np.int64)]
        for member, row in zip(one.members.tolist(), dealt.row_of.tolist(), strict=True):
            yield network.market.day.places[member].id, rows[row]


def _allotted(day: NetworkDay, one: PlaceClass, row: Numbers, whys: list[Why]) -> Iterator[Allotted]:
    for n, index in enumerate(one.orders.tolist()):
        order = day.orders[index]
        parts = tuple(_parts(one, n, row[n]))
        given = int(row[n].sum())
        wanted = wanted_of(order, one.profile, day.slot_ms) if order.plays is None else given
        if wanted or given:
            yield Allotted(order.booking, max(wanted, given), parts, whys[n] if given < wanted else "")


def _parts(one: PlaceClass, order: int, plays: Numbers) -> Iterator[Part]:
    for cell in np.flatnonzero(one.may[order]):
        yield int(one.cells[cell, 0]), int(one.cells[cell, 1]), int(plays[cell])


def _whys(network: NetworkPlan, number: int) -> list[Why]:
    """Why an order of this class has less than it wants, where it has."""
    market, one = network.market, network.market.classes[number]
    day, given = market.day, network.dealt[number].plays[0].sum(axis=1, dtype=np.int64).tolist()
    orders = [day.orders[index] for index in one.orders.tolist()]
    wanted = [
        (wanted_of(order, one.profile, day.slot_ms) if order.plays is None else spots) * order.slots
        for order, spots in zip(orders, given, strict=True)
    ]
    overbooked = sum(wanted) > sum(end - first for first, end in one.profile.open)
    return [_why(order, one, n, overbooked, day.slot_ms) for n, order in enumerate(orders)]


def _why(order: Order, one: PlaceClass, number: int, overbooked: bool, slot_ms: int) -> Why:
    if not one.may[number].any():
        return "too_short" if ranges_of(order, one.profile, slot_ms)[1] else "closed"
    # Where there would be time enough, it is the distance to others that keeps spots out.
    return "overbooked" if overbooked else "no_room"
