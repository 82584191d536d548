"""A venue's day as the planner's profile: opening hours, restrictions, and impressions per play.

Weekly hours follow the venue's clock. A slot that an advert-free or barred hour touches belongs to that hour.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

from server.planner.model.days import (
    LocalDay,
    Range,
    WeeklySpan,
    local_day,
    merge,
    ranges_within,
    subtract,
    weekly_spans,
)
from server.planner.model.network import Profile
from server.screens.hours import DAY_MIN
from server.screens.multipliers import PLAIN_MILLI, milli_at

Weekly = Mapping[str, Sequence[Sequence[int]]]
Multipliers = tuple[tuple[float, ...], ...]


class HasRules(Protocol):
    """A venue with its rules: the database row, or the columns that the allotment reads."""

    @property
    def zone(self) -> str: ...

    @property
    def hours(self) -> Weekly: ...

    @property
    def reserved_percent(self) -> int: ...

    @property
    def advert_free(self) -> Weekly: ...

    @property
    def advert_free_days(self) -> Sequence[str]: ...

    @property
    def barred(self) -> Sequence[Mapping[str, Any]]: ...


class HasMultipliers(Protocol):
    @property
    def multipliers(self) -> Sequence[float]: ...


def profile_of(
    venue: HasRules, on: date, slot_ms: int, *, multipliers: Multipliers = (), categories: Collection[str] = ()
) -> Profile | None:
    """The profile of one date; None if the venue's zone skipped it.

    multipliers: those of the screens of one place · categories: the categories that are sold, in lower case; rules
    about other categories are left out
    """
    day = local_day(venue.zone, on)
    if day is None:
        return None
    return Profile(
        day,
        ranges_within(day, weekly_spans(venue.hours), slot_ms),
        advert_free=_advert_free(venue, day, slot_ms),
        barred=_barred(venue, day, slot_ms, categories),
        reserved=Fraction(venue.reserved_percent, 100),
        impressions=_impressions(day, slot_ms, multipliers),
    )


def multipliers_of(members: Sequence[HasMultipliers]) -> Multipliers:
    """The multipliers of each screen of a place; empty if a play is one impression on each of them."""
    multipliers = tuple(tuple(screen.multipliers) for screen in members)
    return multipliers if any(multipliers) else ()


def _advert_free(venue: HasRules, day: LocalDay, slot_ms: int) -> tuple[Range, ...]:
    if day.on.isoformat() in venue.advert_free_days:
        return ((0, day.slots(slot_ms)),)
    return _touched(day, venue.advert_free, slot_ms) if venue.advert_free else ()


def _barred(
    venue: HasRules, day: LocalDay, slot_ms: int, categories: Collection[str]
) -> tuple[tuple[str, tuple[Range, ...]], ...]:
    found: dict[str, list[Range]] = defaultdict(list)
    for rule in venue.barred:
        category = rule["category"].casefold()
        if category in categories:
            found[category] += _touched(day, rule["hours"], slot_ms) if rule["hours"] else [(0, day.slots(slot_ms))]
    return tuple((category, tuple(merge(sorted(ranges)))) for category, ranges in sorted(found.items()) if ranges)


def _touched(day: LocalDay, hours: Weekly, slot_ms: int) -> tuple[Range, ...]:
    """The slots that lie in these weekly hours, wholly or in part: all slots but those wholly outside."""
    outside = [
        WeeklySpan(weekday, begins, ends)
        for weekday in range(7)
        for begins, ends in subtract([(0, DAY_MIN)], [(a, b) for a, b in hours.get(str(weekday), ())])
    ]
    return subtract([(0, day.slots(slot_ms))], ranges_within(day, outside, slot_ms))


def _impressions(day: LocalDay, slot_ms: int, multipliers: Multipliers) -> tuple[tuple[Range, int], ...]:
    """Thousandths of an impression that a play makes, as the mean of the screens, in hours where it is not 1000."""
    found: list[tuple[Range, int]] = []
    for first, end, weekday, hour in _hours(day, slot_ms) if multipliers else ():
        milli = round(sum(milli_at(screen, weekday, hour) for screen in multipliers) / len(multipliers))
        if found and found[-1][1] == milli:
            found[-1] = ((found[-1][0][0], end), milli)
        else:
            found.append(((first, end), milli))
    return tuple((span, milli) for span, milli in found if milli != PLAIN_MILLI)


@lru_cache(maxsize=256)
def _hours(day: LocalDay, slot_ms: int) -> tuple[tuple[int, int, int, int], ...]:
    """The clock hours of a day as ranges of slots without gaps: first slot, end slot, weekday, hour."""
    begins = sorted(
        (first, weekday, hour)
        for weekday in (day.on.weekday(), (day.on.weekday() - 1) % 7)
        for hour in range(24)
        for first, _ in ranges_within(day, [WeeklySpan(weekday, hour * 60, hour * 60 + 60)], slot_ms)
    )
    edges = [0, *(first for first, _, _ in begins[1:]), day.slots(slot_ms)]
    return tuple((a, b, weekday, hour) for (a, b), (_, weekday, hour) in zip(pairwise(edges), begins, strict=True))
