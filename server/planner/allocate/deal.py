"""Deal a class's plays out to its places: each gets the floor or the ceiling of the mean, of a cell and of the day.

All places get the floor alike. The plays above it, at most one per place, order and cell, are the *odd* plays, and only
these are dealt. A place keeps the odd plays that it had before. The others go to the places that have the least time
filled so far, among these first to those with the fewest of the order's category, then of its advertiser, then of the
order itself on that day. With spots of one length this is dealing cards in turn: orders, advertisers and categories are
then each within one play of even on every place.

Units: `load` and `free` are grains of a slot (capacity.py), everything else counts plays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from server.planner.allocate.allot import Allotment
from server.planner.model.arrays import END, FIRST, Numbers
from server.planner.model.compiled import Bytes, Words, compiled
from server.planner.model.market import Market

Counts = Words
Odd = Bytes
# A place that has two more of an order than others on the day tries so many of those with the least, which
# bounds the search.
CANDIDATES = 32


@dataclass(frozen=True)
class Dealt:
    """The plays of one class: plays (rows, orders, cells), each row once, and `row_of` (members,), each place's row."""

    plays: Counts
    row_of: Numbers

    def totals(self) -> Numbers:
        """Plays on all places together (orders, cells)."""
        times = np.bincount(self.row_of, minlength=len(self.plays))
        return np.tensordot(times, self.plays.astype(np.int64), axes=1)


def deal(market: Market, allotment: Allotment, before: Sequence[Dealt] | None = None) -> list[Dealt]:
    """For each class, the plays of each of its places in each cell.

    Places keep the plays that they had `before`, except those above the ceiling of the mean.
    """
    return [
        deal_class(market, allotment, number, before[number] if before is not None else None)
        for number in range(len(market.classes))
    ]


def deal_class(market: Market, allotment: Allotment, number: int, before: Dealt | None = None) -> Dealt:
    """The plays of class `number`. If nothing changes, `before` itself is returned."""
    place_class = market.classes[number]
    first, end = market.edge_of[number], market.edge_of[number + 1]
    plays, length = np.zeros((2, *place_class.allowed.shape), np.int64)
    plays[place_class.allowed] = allotment.plays[first:end]
    length[place_class.allowed] = allotment.capacity.length[first:end]
    # Every place gets the floor of the mean in each cell; the remainder, less than one for each place, is dealt.
    floor, odd_plays = np.divmod(plays, max(1, len(place_class.members)))
    lengths = length.max(axis=1, initial=0)
    slots = place_class.cells[:, END] - place_class.cells[:, FIRST]
    free = slots * allotment.capacity.grain - lengths @ floor
    if before is not None and np.array_equal(before.totals(), plays) and _is_even(before, floor, lengths, free):
        return before
    category, advertiser = market.category[place_class.orders], market.advertiser[place_class.orders]
    # The longest spots are dealt first, while there is most room for them; then group by group, as one deals suits.
    order_turns = np.lexsort((place_class.orders, advertiser, category, -lengths))
    hand = odd_plays, lengths, _packed(category), _packed(advertiser), order_turns, free
    nothing = np.zeros((len(place_class.members), *plays.shape), np.uint8)
    if before is None:
        return _deduplicated(floor, _deal_odd(*hand, nothing))
    # `before` counts a row once for many places; `row_of` spreads its odd plays over the places again.
    odd = _deal_odd(*hand, (before.plays > floor).astype(np.uint8)[before.row_of])
    if _most_apart(odd) > 1:
        # Places that are full to the last slot may have no way to become even from the plays that they had.
        odd = min(odd, _deal_odd(*hand, nothing), key=_most_apart)
    dealt = _deduplicated(floor, odd)
    is_same = np.array_equal(before.plays[before.row_of], dealt.plays[dealt.row_of])
    return before if is_same else dealt


def _is_even(dealt: Dealt, floor: Numbers, lengths: Numbers, free: Numbers) -> bool:
    """Whether every place has the floor or the ceiling of the mean, and no more than it has time for.

    floor (orders, cells) · free (cells,): grains that the floor leaves of a place's time
    """
    odd = dealt.plays - floor
    return bool(
        ((odd == 0) | (odd == 1)).all()
        and _most_apart(odd) <= 1
        and (np.einsum("roc,o->rc", odd, lengths) <= free).all()
    )


def _most_apart(odd: Numbers) -> int:
    """How many more plays of an order one place has on the day than another; odd (places, orders, cells)."""
    today = odd.sum(axis=2, dtype=np.int64)
    return int((today.max(axis=0, initial=0) - today.min(axis=0, initial=1 << 30)).max(initial=0))


def _packed(groups: Numbers) -> Numbers:
    """Small numbers for the groups of a class, from 0; orders that are kept apart from nobody share one."""
    return np.unique(groups, return_inverse=True)[1].astype(np.int64)


def _deduplicated(floor: Numbers, odd: Odd) -> Dealt:
    """Each different row once."""
    rows: dict[bytes, int] = {}
    row_of = np.array([rows.setdefault(row.tobytes(), len(rows)) for row in odd], np.int64)
    first = np.unique(row_of, return_index=True)[1]
    return Dealt((floor + odd[first]).astype(np.uint16), row_of)


@compiled
def _deal_odd(
    plays: Numbers, lengths: Numbers, category: Numbers, advertiser: Numbers, order_turns: Numbers, free: Numbers,
    odd: Odd,
) -> Odd:  # fmt: skip
    """Deal the odd plays, cell by cell, then move some until every place has time for its own and days are even.

    plays (orders, cells): odd plays to be dealt, fewer than there are places · lengths (orders,): grains of a play
    category, advertiser (orders,) · order_turns: the orders as they are dealt · free (cells,): grains of a place
    odd (places, orders, cells): 1 where a place has an odd play, at first those that it had before; changed

    Throughout, load[cell, place] is the sum of odd · lengths and today[order, place] the sum of odd over cells
    (`_change` keeps both). After the first loop the sum of odd over places is `plays`; every later move keeps it so.
    The last loop ends, because each move lowers the time above `free`, or leaves it and lowers the sum of squares of
    `today`.
    """
    places, orders, cells = odd.shape
    load, today = np.zeros((cells, places), np.int64), np.zeros((orders, places), np.int64)
    for place in range(places):
        for order in range(orders):
            for cell in range(cells):
                load[cell, place] += odd[place, order, cell] * lengths[order]
                today[order, place] += odd[place, order, cell]
    # `today` counts the odd plays of all cells so far, so cells that are dealt later even out what earlier ones left.
    for cell in range(cells):
        _take_back(plays[:, cell], lengths, cell, load[cell], today, odd)
        _give(plays[:, cell], lengths, category, advertiser, order_turns, cell, load[cell], today, odd)
    moved = True
    while moved:
        moved = False
        # Relieving a place may make a day uneven again, so both are repeated until neither moves a play.
        for cell in range(cells):
            moved |= _relieve_full_places(lengths, free[cell], cell, load[cell], today, odd)
        for order in range(orders):
            moved |= _even_out_day(order, lengths, free, load, today, odd)
    return odd


@compiled
def _take_back(plays: Numbers, lengths: Numbers, cell: int, load: Numbers, today: Numbers, odd: Odd) -> None:
    """Where more places have an odd play of an order than there are, the fullest places give theirs back.

    The sort key packs three numbers into one int64, since compiled loops have no lexsort:
    bit 48: has an odd play (0 or 1) · bits 16-47: load in grains (a day has far fewer than 2^32) · bits 0-15: plays of
    the order today (at most one per cell, and cells are fewer than 2^16). The negative key sorts the largest first:
    places that have an odd play, of these the fullest, of these the ones with most of the order today. Ties go to the
    place with the lower number, for mergesort is stable.
    """
    for order in range(len(plays)):
        has = odd[:, order, cell].astype(np.int64)
        more = has.sum() - plays[order]
        if more <= 0:
            continue
        for place in np.argsort(-((has << 48) + (load << 16) + today[order]), kind="mergesort")[:more]:
            _change(place, order, cell, -1, lengths, load, today, odd)


@compiled
def _give(
    plays: Numbers, lengths: Numbers, category: Numbers, advertiser: Numbers, order_turns: Numbers, cell: int,
    load: Numbers, today: Numbers, odd: Odd,
) -> None:  # fmt: skip
    """Odd plays that no place has yet go to the places that have least.

    The sort key packs five numbers into one int64, the most significant first:
    bit 56: has an odd play of the order already, so it can take no other (there are always enough that have none)
    bits 24-55: load of the cell in grains, so that places fill up alike
    bits 16-23: odd plays of the order's category in this cell · bits 8-15: of its advertiser · bits 0-7: of the order
    on the whole day. Each of these three is capped at 255, so that none spills into the field above; beyond that
    places count as equal, and `_even_out_day` mends what that leaves uneven. Ties go to the place with the lower
    number, for mergesort is stable.
    """
    of_category = np.zeros((len(plays) + 1, len(odd)), np.int64)
    of_advertiser = np.zeros((len(plays) + 1, len(odd)), np.int64)
    for order in range(len(plays)):
        of_category[category[order]] += odd[:, order, cell]
        of_advertiser[advertiser[order]] += odd[:, order, cell]
    for order in order_turns:
        has = odd[:, order, cell].astype(np.int64)
        more = plays[order] - has.sum()
        if more <= 0:
            continue
        key = (has << 56) + (load << 24) + (np.minimum(of_category[category[order]], 255) << 16)
        key += (np.minimum(of_advertiser[advertiser[order]], 255) << 8) + np.minimum(today[order], 255)
        # Each place takes one at most, so the key need not be computed again between the plays of one order.
        for place in np.argsort(key, kind="mergesort")[:more]:
            _change(place, order, cell, 1, lengths, load, today, odd)
            of_category[category[order], place] += 1
            of_advertiser[advertiser[order], place] += 1


@compiled
def _change(
    place: int, order: int, cell: int, by: int, lengths: Numbers, load: Numbers, today: Numbers, odd: Odd
) -> None:
    """Add (1) or remove (−1) an odd play, and keep the sums: load (places,) of this cell, today (orders, places)."""
    odd[place, order, cell] += by
    load[place] += by * lengths[order]
    today[order, place] += by


@compiled
def _relieve_full_places(lengths: Numbers, free: int, cell: int, load: Numbers, today: Numbers, odd: Odd) -> bool:
    """Move odd plays of places with more than their time to the first place with room. Returns whether any moved."""
    moved = False
    for full in range(len(odd)):
        for order in range(len(lengths)):
            if load[full] <= free:
                break
            for other in range(len(odd)):
                if odd[other, order, cell] < odd[full, order, cell] and load[other] + lengths[order] <= free:
                    _change(other, order, cell, 1, lengths, load, today, odd)
                    _change(full, order, cell, -1, lengths, load, today, odd)
                    moved = True
                    break
    return moved


@compiled
def _even_out_day(order: int, lengths: Numbers, free: Numbers, load: Numbers, today: Numbers, odd: Odd) -> bool:
    """Move odd plays of an order from the places that have most of it on the day to those that have least, until none
    has two more than another; where a place is full, in exchange for another order's. Returns whether any moved.

    Places are sorted by their plays once a round, the ones with most are served first. A place with least that took a
    play is passed over for the rest of the round (`first`), for it is no longer among the least.
    """
    moved, again = False, True
    while again:
        again = False
        by_plays = np.argsort(today[order], kind="mergesort")
        first = 0
        for most in by_plays[::-1]:
            # From the places with least upwards; the first pair that is less than two apart ends the search for `most`.
            for number in range(first, min(first + CANDIDATES, len(by_plays))):
                least = by_plays[number]
                if today[order, most] - today[order, least] < 2:
                    break
                if _move_play(most, least, order, lengths, free, load, today, odd):
                    again = moved = True
                    first += number == first
                    break
    return moved


@compiled
def _move_play(
    most: int, least: int, order: int, lengths: Numbers, free: Numbers, load: Numbers, today: Numbers, odd: Odd
) -> bool:
    """Move one odd play of the order from place `most` to place `least`, in the first cell that allows it.

    Returns whether there is such a cell.
    """
    for cell in range(odd.shape[2]):
        if odd[most, order, cell] <= odd[least, order, cell]:
            continue
        # `least` is full: it must give a play of another order back to `most`, or another cell has to do.
        if load[cell, least] + lengths[order] > free[cell]:
            other = _order_in_exchange(most, least, order, cell, free[cell], lengths, load[cell], today, odd)
            if other < 0:
                continue
            _change(most, other, cell, 1, lengths, load[cell], today, odd)
            _change(least, other, cell, -1, lengths, load[cell], today, odd)
        _change(most, order, cell, -1, lengths, load[cell], today, odd)
        _change(least, order, cell, 1, lengths, load[cell], today, odd)
        return True
    return False


@compiled
def _order_in_exchange(
    most: int, least: int, order: int, cell: int, free: int, lengths: Numbers, load: Numbers, today: Numbers, odd: Odd
) -> int:
    """The first order of which an odd play can move the other way, from `least` to `most`; −1 if there is none.

    Both moves together must make the two days more even. Moving a play from a place with a of an order to one with b
    lowers the sum of squares by 2 (a − b − 1); so the sum of (a − b − 1) over both orders must be positive. Neither
    place may end up with more than its time, unless it has more already and does not get longer.
    """
    gained = today[order, most] - today[order, least] - 1
    for other in range(len(lengths)):
        longer = lengths[order] - lengths[other]
        if (
            odd[least, other, cell] > odd[most, other, cell]
            and load[least] + longer <= free
            and load[most] - longer <= max(free, load[most])
            and gained + today[other, least] - today[other, most] - 1 > 0
        ):
            return other
    return -1
