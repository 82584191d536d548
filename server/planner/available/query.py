"""How much of one more order fits into a planned day, if no play that was sold may be lost.

First the capacity that is free at once, cell by cell. If that is too little, the capacity that others free when they
are moved elsewhere: a maximum flow over the residual network of the day's allotment. It counts whole plays of the
order's length, and stops when the whole order fits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from media.integers import ceil_div
from server.planner.allocate.network_plan import NetworkPlan
from server.planner.available.flow import max_flow
from server.planner.available.order_cells import OrderCells, order_cells
from server.planner.available.residual import Residual, residual_of
from server.planner.model.arrays import Numbers
from server.planner.model.hours import promised_spots
from server.planner.model.market import Market
from server.planner.model.network import Order, Rank

# The largest share that fits is found in steps of a tenth of a percent.
SHARES = 1000


@dataclass(frozen=True)
class Available:
    """plays: that fit, in the unit of the order's goal, up to its own · screens: on which it may play
    most: the largest share, or plays on every screen, that fits, up to the order's own
    exact: not one more fits; otherwise more may fit · enough: the whole order fits, of a share all but less than a spot
    in each part of a screen's day
    """

    plays: int
    screens: int
    exact: bool
    most: Fraction | None = None
    enough: bool = False


def available_for(plan: NetworkPlan, order: Order, *, protected: Rank | None = None) -> Available:
    """The plays free for an order that is not in the plan yet, or that replaces the one of the same booking.

    protected: the lowest rank that may lose nothing, at least the order's own; plays of lower ranks count as free.
    Where the order's hours cut a cell, or its targets cut a class, its part of it gets the same part of the capacity,
    and the answer is not called exact. Time that venues reserve for their own notices is free for a takeover only.
    """
    parts = order_cells(plan.market, order)
    residual = residual_of(plan, order, parts, max(order.rank, order.rank if protected is None else protected))
    at_once = int((residual.at_once * parts.worth).sum()) // 1000
    if order.plays is None:
        most, all_of_it = _largest(plan.market, residual, order, parts)
        enough = all_of_it or _fits_rounded_down(residual, order, parts)
        return Available(at_once, parts.screens, exact=residual.whole and not all_of_it, most=most, enough=enough)
    alike = len(parts.worth) > 0 and bool((parts.worth == parts.worth[0]).all())
    if at_once >= order.plays or not alike:
        # No plan moves plays that count differently from place to place, so no move could make more fit.
        return Available(at_once, parts.screens, exact=False, enough=at_once >= order.plays)
    worth = int(parts.worth[0])
    requested = ceil_div(order.plays * 1000, worth)
    one_demand = np.zeros(len(parts.cell), np.int64)
    fitting = int(max_flow(residual, one_demand, np.array([requested], np.int64)).sum())
    plays = max(at_once, fitting * worth // 1000)
    return Available(plays, parts.screens, exact=residual.whole and fitting < requested, enough=plays >= order.plays)


# --- shares, and plays on every screen: the largest that fits


def _largest(market: Market, residual: Residual, order: Order, parts: OrderCells) -> tuple[Fraction, bool]:
    """The largest size that fits on every screen, and whether that is the order's own."""
    requested = _requested(order)
    if not len(parts.cell):
        return Fraction(0), False
    step = Fraction(1, SHARES) if order.share is not None else Fraction(1)
    wanted: Callable[[Fraction], Numbers] = lambda size: _wanted_plays(market, order, parts, size)  # noqa: E731
    node = np.arange(len(parts.cell)) if order.share is not None else parts.turn

    def at_once(size: Fraction) -> bool:
        return bool((np.bincount(node, residual.at_once) >= wanted(size)).all())

    def after_moves(size: Fraction) -> bool:
        demand = wanted(size)
        return bool((max_flow(residual, node, demand) >= demand).all())

    def in_the_network(size: Fraction) -> bool:
        return bool(wanted(size).sum() <= residual.drain.sum())

    if at_once(requested) or (in_the_network(requested) and after_moves(requested)):
        return requested, True
    # Both bounds are cheap, and leave few sizes to try between them.
    most = _last(lambda steps: in_the_network(steps * step), 0, ceil(requested / step) - 1)
    least = _last(lambda steps: at_once(steps * step), 0, most)
    return step * _last(lambda steps: after_moves(steps * step), least, most), False


def _fits_rounded_down(residual: Residual, order: Order, parts: OrderCells) -> bool:
    """Whether the share fits when its spots are rounded down.

    Shares are rounded to whole spots, so two halves may together round up to one spot too many; that is no reason to
    refuse the second.
    """
    if order.share is None or not len(parts.cell):
        return False
    rate = order.share / order.slots
    wanted = np.asarray(parts.slots * rate.numerator // rate.denominator * parts.places, np.int64)
    if (residual.at_once >= wanted).all():
        return True
    if wanted.sum() > residual.drain.sum():
        return False
    return bool((max_flow(residual, np.arange(len(wanted)), wanted) >= wanted).all())


def _last(holds: Callable[[int], bool], least: int, most: int) -> int:
    """The largest number up to `most` for which `holds` is true, if it is true for `least` and for no number beyond a
    first one for which it is false."""
    while least < most:
        middle = (least + most + 1) // 2
        if holds(middle):
            least = middle
        else:
            most = middle - 1
    return least


def _requested(order: Order) -> Fraction:
    requested = order.share if order.share is not None else order.each
    assert requested is not None
    return Fraction(requested)


def _wanted_plays(market: Market, order: Order, parts: OrderCells, size: Fraction) -> Numbers:
    """Plays that a share of this size wants in each part (P,), or `size` plays on every screen in each class."""
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
        known.setdefault(id(profile), promised_spots(sized, profile, market.day.slot_ms))
    each = np.array([known[id(market.classes[number].profile)] for number in parts.classes.tolist()], np.int64)
    return each * parts.places[parts.turn_of]
