"""What room a planned day still has for one more order, without anyone losing a play that was sold.

First what is free at once, cell by cell. If that is too little, what becomes free when others are moved to where there
is room: a maximum flow over what the day's allotment leaves, and back over what it gave. It counts whole plays of the
order's length, and ends when all that was asked is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from media.integers import ceil_div
from server.planner.allocate.places import NetworkPlan
from server.planner.available.flow import met_of
from server.planner.available.order_cells import Parts, parts_of
from server.planner.available.residual import Left, left_for
from server.planner.model.network import Market, Numbers, Order, Rank
from server.planner.model.network import wanted_of as wanted_of_place

# The largest share that fits is told in tenths of a percent.
SHARES = 1000


@dataclass(frozen=True)
class Spare:
    """plays: free for the order, in the unit of its goal · screens: on so many it may play · most: the largest share,
    or plays on every screen, that fits, up to what was asked · exact: not one more fits; else there may be more
    enough: all that was asked fits; of a share, but for less than a spot in each part of a screen's day
    """

    plays: int
    screens: int
    exact: bool
    most: Fraction | None = None
    enough: bool = False


def spare(plan: NetworkPlan, order: Order, *, sold: Rank | None = None) -> Spare:
    """The room for an order that is not in the plan, or, of the same booking, instead of the one that is.

    sold: the lowest rank that loses nothing, at least the order's own; what lower ranks have counts as free. Where the
    order's hours cut a cell, or its targets a class, its part of it has its part of the room, and the answer is not
    called exact. What venues reserve for their own notices only a takeover gets.
    """
    parts = parts_of(plan.market, order)
    room = left_for(plan, order, parts, max(order.rank, order.rank if sold is None else sold))
    at_once = int((room.at_once * parts.worth).sum()) // 1000
    if order.plays is None:
        most, all_of_it = _largest(plan.market, room, order, parts)
        enough = all_of_it or _fits_rounded_down(room, order, parts)
        return Spare(at_once, parts.screens, exact=room.whole and not all_of_it, most=most, enough=enough)
    alike = len(parts.worth) > 0 and bool((parts.worth == parts.worth[0]).all())
    if at_once >= order.plays or not alike:
        # Plays that count differently from place to place are moved by no plan: what is free at once is all.
        return Spare(at_once, parts.screens, exact=False, enough=at_once >= order.plays)
    worth = int(parts.worth[0])
    asked = ceil_div(order.plays * 1000, worth)
    found = int(met_of(room, np.zeros(len(parts.cell), np.int64), np.array([asked], np.int64)).sum())
    plays = max(at_once, found * worth // 1000)
    return Spare(plays, parts.screens, exact=room.whole and found < asked, enough=plays >= order.plays)


# --- shares, and plays on every screen: the largest that fits


def _largest(market: Market, room: Left, order: Order, parts: Parts) -> tuple[Fraction, bool]:
    """What fits on every screen, and whether that is all that was asked."""
    asked = _asked(order)
    if not len(parts.cell):
        return Fraction(0), False
    step = Fraction(1, SHARES) if order.share is not None else Fraction(1)
    wanted: Callable[[Fraction], Numbers] = lambda size: _wanted(market, order, parts, size)  # noqa: E731
    node = np.arange(len(parts.cell)) if order.share is not None else parts.turn

    def at_once(size: Fraction) -> bool:
        return bool((np.bincount(node, room.at_once) >= wanted(size)).all())

    def after_moves(size: Fraction) -> bool:
        demand = wanted(size)
        return bool((met_of(room, node, demand) >= demand).all())

    def in_the_network(size: Fraction) -> bool:
        return bool(wanted(size).sum() <= room.drain.sum())

    if at_once(asked) or (in_the_network(asked) and after_moves(asked)):
        return asked, True
    # Both bounds cost next to nothing, and leave little to try between them.
    most = _last(lambda steps: in_the_network(steps * step), 0, ceil(asked / step) - 1)
    least = _last(lambda steps: at_once(steps * step), 0, most)
    return step * _last(lambda steps: after_moves(steps * step), least, most), False


def _fits_rounded_down(room: Left, order: Order, parts: Parts) -> bool:
    """A share is rounded to whole spots; who sells a half beside a half is not refused for what that rounds up."""
    if order.share is None or not len(parts.cell):
        return False
    rate = order.share / order.slots
    wanted = np.asarray(parts.slots * rate.numerator // rate.denominator * parts.places, np.int64)
    if (room.at_once >= wanted).all():
        return True
    return bool(wanted.sum() <= room.drain.sum() and (met_of(room, np.arange(len(wanted)), wanted) >= wanted).all())


def _last(holds: Callable[[int], bool], least: int, most: int) -> int:
    """The largest number that holds, where all up to it hold and `least` does."""
    while least < most:
        middle = (least + most + 1) // 2
        if holds(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _asked(order: Order) -> Fraction:
    asked = order.share if order.share is not None else order.each
    assert asked is not None
    return Fraction(asked)


def _wanted(market: Market, order: Order, parts: Parts, size: Fraction) -> Numbers:
    """Plays that a share of this size wants of each part, or so many plays of each class."""
    if order.share is not None:
        rate = size / order.slots
        before = np.cumsum(parts.slots) - parts.slots
        before -= before[parts.turn_of][parts.turn]
        spots = [
            (2 * slots * rate.numerator + rate.denominator) // (2 * rate.denominator)
            for slots in (before + parts.slots, before)
        ]
        return np.asarray((spots[0] - spots[1]) * parts.places, np.int64)
    sized = Order(**{**vars(order), "each": size})
    known: dict[int, int] = {}
    for number in parts.classes.tolist():
        profile = market.classes[number].profile
        known.setdefault(id(profile), wanted_of_place(sized, profile, market.day.slot_ms))
    each = np.array([known[id(market.classes[number].profile)] for number in parts.classes.tolist()], np.int64)
    return each * parts.places[parts.turn_of]
