"""Deal a class's plays out to its places: everyone gets the floor or the ceiling of the mean, of a cell and of the day.

All places have the floor alike; what is dealt are the odd plays above it. Those that a place holds already it keeps.
The others go to the places that have least so far, those first that have fewest of the order's category, then of its
advertiser, then of the order on that day. With spots of one length this is dealing cards in turn: orders, advertisers
and categories are then each within one play of even on every place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.planner.allocate.allot import Allotment
from server.planner.model.compiled import Bytes, Words, compiled
from server.planner.model.network import Market, Numbers

Counts = Words
Odd = Bytes
# A place that has too much of an order on the day is held against so many places that have least of it.
TRIES = 32


@dataclass(frozen=True)
class Dealt:
    """Of one class: plays (rows, orders, cells), each row once, and `row_of` (members,) for each of its places."""

    plays: Counts
    row_of: Numbers

    def totals(self) -> Numbers:
        """Plays on all places together (orders, cells)."""
        times = np.bincount(self.row_of, minlength=len(self.plays))
        return np.tensordot(times, self.plays.astype(np.int64), axes=1)


def deal(market: Market, allotment: Allotment, before: Sequence[Dealt] | None = None) -> list[Dealt]:
    """For each class, what each of its places shows in each cell.

    What places had `before` they keep, but for what is more than the ceiling of the mean.
    """
    return [
        deal_class(market, allotment, number, before[number] if before is not None else None)
        for number in range(len(market.classes))
    ]


def deal_class(market: Market, allotment: Allotment, number: int, before: Dealt | None = None) -> Dealt:
    """`before` itself is returned where nothing changes."""
    one = market.classes[number]
    first, end = market.edge_of[number], market.edge_of[number + 1]
    plays, length = np.zeros((2, *one.may.shape), np.int64)
    plays[one.may], length[one.may] = allotment.plays[first:end], allotment.room.length[first:end]
    each, odd_plays = np.divmod(plays, max(1, len(one.members)))
    lengths = length.max(axis=1, initial=0)
    room = (one.cells[:, 1] - one.cells[:, 0]) * allotment.room.grain - lengths @ each
    if before is not None and np.array_equal(before.totals(), plays) and _is_even(before, each, lengths, room):
        return before
    category, advertiser = market.category[one.orders], market.advertiser[one.orders]
    turn = np.lexsort((one.orders, advertiser, category, -lengths))
    asked = odd_plays, lengths, _packed(category), _packed(advertiser), turn, room
    nothing = np.zeros((len(one.members), *plays.shape), np.uint8)
    if before is None:
        return _once(each, _dealt(*asked, nothing))
    odd = _dealt(*asked, (before.plays > each).astype(np.uint8)[before.row_of])
    if _most_apart(odd) > 1:
        # Places that are full to the last slot may have no way to become even from what they hold.
        odd = min(odd, _dealt(*asked, nothing), key=_most_apart)
    dealt = _once(each, odd)
    is_same = np.array_equal(before.plays[before.row_of], dealt.plays[dealt.row_of])
    return before if is_same else dealt


def _is_even(dealt: Dealt, each: Numbers, lengths: Numbers, room: Numbers) -> bool:
    """Has every place the floor or the ceiling of the mean, and no more than it has time for?

    each (orders, cells): the floor · room (cells,): grains that it leaves of a place's time
    """
    odd = dealt.plays - each
    return bool(
        ((odd == 0) | (odd == 1)).all()
        and _most_apart(odd) <= 1
        and (np.einsum("roc,o->rc", odd, lengths) <= room).all()
    )


def _most_apart(odd: Numbers) -> int:
    """How many more plays of an order one place has on the day than another; odd (places, orders, cells)."""
    today = odd.sum(axis=2, dtype=np.int64)
    return int((today.max(axis=0, initial=0) - today.min(axis=0, initial=1 << 30)).max(initial=0))


def _packed(groups: Numbers) -> Numbers:
    """Small numbers for the groups of a class; those that keep apart from nobody share the last one."""
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _once(each: Numbers, odd: Odd) -> Dealt:
    rows: dict[bytes, int] = {}
    row_of = np.array([rows.setdefault(row.tobytes(), len(rows)) for row in odd], np.int64)
    first = np.unique(row_of, return_index=True)[1]
    return Dealt((each + odd[first]).astype(np.uint16), row_of)


@compiled
def _dealt(
    plays: Numbers, lengths: Numbers, category: Numbers, advertiser: Numbers, turn: Numbers, room: Numbers, odd: Odd
) -> Odd:
    """plays (orders, cells): odd plays to be dealt · odd (places, orders, cells): those that places hold; changed."""
    places, orders, cells = odd.shape
    load, today = np.zeros((cells, places), np.int64), np.zeros((orders, places), np.int64)
    for place in range(places):
        for order in range(orders):
            for cell in range(cells):
                load[cell, place] += odd[place, order, cell] * lengths[order]
                today[order, place] += odd[place, order, cell]
    for cell in range(cells):
        _take_back(plays[:, cell], lengths, cell, load[cell], today, odd)
        _give(plays[:, cell], lengths, category, advertiser, turn, cell, load[cell], today, odd)
    moved = True
    while moved:
        moved = False
        for cell in range(cells):
            moved |= _level(lengths, room[cell], cell, load[cell], today, odd)
        for order in range(orders):
            moved |= _even_out(order, lengths, room, load, today, odd)
    return odd


@compiled
def _take_back(plays: Numbers, lengths: Numbers, cell: int, load: Numbers, today: Numbers, odd: Odd) -> None:
    """Where more places hold an odd play than there are, those give it back that have most of all orders."""
    for order in range(len(plays)):
        held = odd[:, order, cell].astype(np.int64)
        more = held.sum() - plays[order]
        if more <= 0:
            continue
        for place in np.argsort(-((held << 48) + (load << 16) + today[order]), kind="mergesort")[:more]:
            _change(place, order, cell, -1, lengths, load, today, odd)


@compiled
def _give(
    plays: Numbers, lengths: Numbers, category: Numbers, advertiser: Numbers, turn: Numbers, cell: int, load: Numbers,
    today: Numbers, odd: Odd,
) -> None:  # fmt: skip
    """Odd plays that nobody holds go to the places that have least."""
    of_category = np.zeros((len(plays) + 1, len(odd)), np.int64)
    of_advertiser = np.zeros((len(plays) + 1, len(odd)), np.int64)
    for order in range(len(plays)):
        of_category[category[order]] += odd[:, order, cell]
        of_advertiser[advertiser[order]] += odd[:, order, cell]
    for order in turn:
        held = odd[:, order, cell].astype(np.int64)
        more = plays[order] - held.sum()
        if more <= 0:
            continue
        key = (held << 56) + (load << 24) + (np.minimum(of_category[category[order]], 255) << 16)
        key += (np.minimum(of_advertiser[advertiser[order]], 255) << 8) + np.minimum(today[order], 255)
        for place in np.argsort(key, kind="mergesort")[:more]:
            _change(place, order, cell, 1, lengths, load, today, odd)
            of_category[category[order], place] += 1
            of_advertiser[advertiser[order], place] += 1


@compiled
def _change(
    place: int, order: int, cell: int, by: int, lengths: Numbers, load: Numbers, today: Numbers, odd: Odd
) -> None:
    odd[place, order, cell] += by
    load[place] += by * lengths[order]
    today[order, place] += by


@compiled
def _level(lengths: Numbers, room: int, cell: int, load: Numbers, today: Numbers, odd: Odd) -> bool:
    """Where a place is too full, move odd plays of it to places with room. Returns whether any moved."""
    moved = False
    for full in range(len(odd)):
        for order in range(len(lengths)):
            if load[full] <= room:
                break
            for other in range(len(odd)):
                if odd[other, order, cell] < odd[full, order, cell] and load[other] + lengths[order] <= room:
                    _change(other, order, cell, 1, lengths, load, today, odd)
                    _change(full, order, cell, -1, lengths, load, today, odd)
                    moved = True
                    break
    return moved


@compiled
def _even_out(order: int, lengths: Numbers, room: Numbers, load: Numbers, today: Numbers, odd: Odd) -> bool:
    """Move odd plays of an order from the places that have most of it on the day to those that have least, until none
    has two more than another; where a place is full, in exchange for another order's. Returns whether any moved."""
    moved, again = False, True
    while again:
        again = False
        by_plays = np.argsort(today[order], kind="mergesort")
        first = 0
        for most in by_plays[::-1]:
            for number in range(first, min(first + TRIES, len(by_plays))):
                least = by_plays[number]
                if today[order, most] - today[order, least] < 2:
                    break
                if _pass_on(most, least, order, lengths, room, load, today, odd):
                    again = moved = True
                    first += number == first
                    break
    return moved


@compiled
def _pass_on(
    most: int, least: int, order: int, lengths: Numbers, room: Numbers, load: Numbers, today: Numbers, odd: Odd
) -> bool:
    """Move one odd play of the order from one place to the other, if there is a cell in which that can be done."""
    for cell in range(odd.shape[2]):
        if odd[most, order, cell] <= odd[least, order, cell]:
            continue
        if load[cell, least] + lengths[order] > room[cell]:
            other = _in_exchange(most, least, order, cell, room[cell], lengths, load[cell], today, odd)
            if other < 0:
                continue
            _change(most, other, cell, 1, lengths, load[cell], today, odd)
            _change(least, other, cell, -1, lengths, load[cell], today, odd)
        _change(most, order, cell, -1, lengths, load[cell], today, odd)
        _change(least, order, cell, 1, lengths, load[cell], today, odd)
        return True
    return False


@compiled
def _in_exchange(
    most: int, least: int, order: int, cell: int, room: int, lengths: Numbers, load: Numbers, today: Numbers, odd: Odd
) -> int:
    """An order of which an odd play fits the other way, so that both orders together become more even; -1: none."""
    gained = today[order, most] - today[order, least] - 1
    for other in range(len(lengths)):
        longer = lengths[order] - lengths[other]
        if (
            odd[least, other, cell] > odd[most, other, cell]
            and load[least] + longer <= room
            and load[most] - longer <= max(room, load[most])
            and gained + today[other, least] - today[other, most] - 1 > 0
        ):
            return other
    return -1
