"""A venue's day as the planner sees it: when its screens are on, what may not play when, and what a play is worth.

Weekly hours are those of the venue's clock. A slot that an advert-free or barred hour touches belongs to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import Any, Protocol

from server.planner.model.days import LocalDay, Range, WeeklySpan, joined, local_day, ranges_within, weekly_spans
from server.planner.model.network import Profile, without
from server.screens.hours import DAY_MIN
from server.screens.multipliers import PLAIN_MILLI, milli_at

Weekly = Mapping[str, Sequence[Sequence[int]]]
Multipliers = tuple[tuple[float, ...], ...]


class Ruled(Protocol):
    """A venue: its row, or what the planner reads of it."""

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


class Multiplied(Protocol):
    @property
    def multipliers(self) -> Sequence[float]: ...


def profile_of(
    venue: Ruled, on: date, slot_ms: int, *, multipliers: Multipliers = (), categories: Collection[str] = ()
) -> Profile | None:
    """None where the venue has no such date. `multipliers`: of the screens of one place · `categories`: those that are
    sold, in lower case; a rule about any other makes no difference."""
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


def multipliers_of(members: Sequence[Multiplied]) -> Multipliers:
    """Those of the screens of one place; nothing if a play is one impression on each of them."""
    told = tuple(tuple(screen.multipliers) for screen in members)
    return told if any(told) else ()


def _advert_free(venue: Ruled, day: LocalDay, slot_ms: int) -> tuple[Range, ...]:
    if day.on.isoformat() in venue.advert_free_days:
        return ((0, day.slots(slot_ms)),)
    return _touched(day, venue.advert_free, slot_ms) if venue.advert_free else ()


def _barred(
    venue: Ruled, day: LocalDay, slot_ms: int, categories: Collection[str]
) -> tuple[tuple[str, tuple[Range, ...]], ...]:
    found: dict[str, list[Range]] = defaultdict(list)
    for rule in venue.barred:
        category = rule["category"].casefold()
        if category in categories:
            found[category] += _touched(day, rule["hours"], slot_ms) if rule["hours"] else [(0, day.slots(slot_ms))]
    return tuple((category, tuple(joined(sorted(ranges)))) for category, ranges in sorted(found.items()) if ranges)


def _touched(day: LocalDay, hours: Weekly, slot_ms: int) -> tuple[Range, ...]:
    """The slots that lie in weekly hours, be it in part: all but those wholly outside."""
    outside = [
        WeeklySpan(weekday, begins, ends)
        for weekday in range(7)
        for begins, ends in without([(0, DAY_MIN)], [(a, b) for a, b in hours.get(str(weekday), ())])
    ]
    return without([(0, day.slots(slot_ms))], ranges_within(day, outside, slot_ms))


def _impressions(day: LocalDay, slot_ms: int, multipliers: Multipliers) -> tuple[tuple[Range, int], ...]:
    """Thousandths of an impression for a play, the mean of the screens, wherever it is not one."""
    found: list[tuple[Range, int]] = []
    for first, end, weekday, hour in _hours(day, slot_ms) if multipliers else ():
        milli = round(sum(milli_at(one, weekday, hour) for one in multipliers) / len(multipliers))
        if found and found[-1][1] == milli:
            found[-1] = ((found[-1][0][0], end), milli)
        else:
            found.append(((first, end), milli))
    return tuple((span, milli) for span, milli in found if milli != PLAIN_MILLI)


@lru_cache(maxsize=256)
def _hours(day: LocalDay, slot_ms: int) -> tuple[tuple[int, int, int, int], ...]:
    """The hours of a day by its clock, as slots that tile it: first, end, weekday, hour."""
    begins = sorted(
        (first, weekday, hour)
        for weekday in (day.on.weekday(), (day.on.weekday() - 1) % 7)
        for hour in range(24)
        for first, _ in ranges_within(day, [WeeklySpan(weekday, hour * 60, hour * 60 + 60)], slot_ms)
    )
    edges = [0, *(first for first, _, _ in begins[1:]), day.slots(slot_ms)]
    return tuple((a, b, weekday, hour) for (a, b), (_, weekday, hour) in zip(pairwise(edges), begins, strict=True))
