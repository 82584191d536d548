"""The order that a booking is on one date."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from math import ceil, floor

from server.planner.model.network import Order, Rank
from server.planner.model.nights import portions_on
from server.planner.model.problem import Booking


def order_of(booking: Booking, on: date, *, plays: int = 0) -> Order | None:
    """A booking's demand on a day, or None outside of its flight. `plays`: what the day owes of the flight's goal."""
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
    """Plays on every screen on a date.

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
