"""In which slots of a screen's day an order may play, and how many spots it is promised there."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from media.integers import ceil_div
from server.planner.model.days import Range, WeeklySpan, intersect, ranges_within, subtract
from server.planner.model.network import Order, Profile


class DayHours(NamedTuple):
    """all_day: slots in which the booking may play · owed: those of them for which it is owed spots.

    They differ on the day of booking only: nothing is owed for the time before.
    """

    all_day: tuple[Range, ...]
    owed: tuple[Range, ...]


def hours_of(order: Order, profile: Profile, slot_ms: int) -> DayHours:
    """The order's hours on screens of this profile."""
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
) -> DayHours:
    """In which slots of a day such a booking may play. This is the only statement of that rule."""
    day = profile.day
    whole = [(0, day.whole_slots(slot_ms))]
    ranges = intersect(intersect(profile.open, ranges_within(day, dayparts, slot_ms)), whole)
    unseen = unseen_hours(profile) if impressions else ()
    ranges = subtract(ranges, sorted([*profile.advert_free, *barred_hours(profile, category), *unseen]))
    since = max(0, ceil_div(since_ms - day.starts_ms, slot_ms))
    return DayHours(ranges, intersect(ranges, [(since, day.slots(slot_ms))]))


def fitting_hours(order: Order, profile: Profile, slot_ms: int) -> tuple[Range, ...]:
    """The hours for which the order is owed spots and in which its longest spot fits."""
    owed = hours_of(order, profile, slot_ms).owed
    return tuple((first, end) for first, end in owed if end - first >= order.longest)


def barred_hours(profile: Profile, category: str) -> tuple[Range, ...]:
    """The slots in which the venue shows nothing of this category."""
    return tuple(part for barred, parts in profile.barred if barred == category for part in parts)


def unseen_hours(profile: Profile) -> tuple[Range, ...]:
    """The slots in which nobody looks: a play there counts nothing towards a goal in impressions."""
    return tuple(span for span, count in profile.impressions if not count)


def promised_spots(order: Order, profile: Profile, slot_ms: int) -> int:
    """Spots that a share, or plays on every screen, promise one screen on this day, rounded to the nearest."""
    all_day, owed = hours_of(order, profile, slot_ms)
    slots = sum(end - first for first, end in owed)
    if order.share is not None:
        return int(order.share * slots / order.slots + Fraction(1, 2))
    assert order.each is not None
    length = sum(end - first for first, end in all_day)
    return int(order.each * slots / length + Fraction(1, 2)) if length else int(order.each)
