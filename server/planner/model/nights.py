"""Weekly hours over midnight: a night belongs to the day on which it begins, on a flight's first and last day too.

A night is a span whose `until_min` lies past 1440. It is split into an evening and the next date's morning: a flight's
first date has no morning, and the date after its last day has only a morning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from server.planner.model.days import WeeklySpan

DAY_MIN = 1440
DAY = timedelta(days=1)

Spans = tuple[WeeklySpan, ...]


def spans_on(spans: Spans, on: date, *, starts_on: date, ends_on: date) -> Spans:
    """The weekly hours that apply on a date, split at midnight; empty outside of the flight."""
    if not starts_on <= on <= last_date(spans, ends_on):
        return ()
    evenings, mornings = halves(spans)
    if not mornings:
        return spans
    if on > ends_on:
        return mornings
    return evenings if on == starts_on else evenings + mornings


def minutes_on(spans: Spans, on: date, *, starts_on: date, ends_on: date) -> int:
    """Minutes of a flight's hours on a date."""
    return minutes_of_week(spans_on(spans, on, starts_on=starts_on, ends_on=ends_on))[on.weekday()]


def portions_on(spans: Spans, on: date, *, starts_on: date, ends_on: date) -> tuple[Fraction, Fraction]:
    """The portions of a flight's days that play on a date: of its own day, and of the night of the day before."""
    evening = _evening_portion(spans, on.weekday()) if starts_on <= on <= ends_on else Fraction(0)
    if not starts_on < on <= last_date(spans, ends_on):
        return evening, Fraction(0)
    weekday = (on - DAY).weekday()
    return evening, 1 - _evening_portion(spans, weekday) if _minutes_begun(spans, weekday) else Fraction(0)


def _evening_portion(spans: Spans, weekday: int) -> Fraction:
    """Of the hours that begin on this weekday, the part before midnight."""
    before = sum(min(span.until_min, DAY_MIN) - span.from_min for span in spans if span.weekday == weekday)
    return Fraction(before, _minutes_begun(spans, weekday) or 1)


def _minutes_begun(spans: Spans, weekday: int) -> int:
    """Minutes of the hours that begin on this weekday, whole nights."""
    return sum(span.until_min - span.from_min for span in spans if span.weekday == weekday)


def last_date(spans: Spans, ends_on: date) -> date:
    """The last date on which a flight plays: the one after `ends_on` if a night of that day continues there."""
    _evenings, mornings = halves(spans)
    after = ends_on + DAY if ends_on < date.max else ends_on
    return after if any(span.weekday == after.weekday() for span in mornings) else ends_on


@lru_cache(maxsize=4096)
def halves(spans: Spans) -> tuple[Spans, Spans]:
    """The parts before midnight, and those after it, on the next weekday."""
    evenings = tuple(WeeklySpan(span.weekday, span.from_min, min(span.until_min, DAY_MIN)) for span in spans)
    nights = [span for span in spans if span.until_min > DAY_MIN]
    return evenings, tuple(WeeklySpan((span.weekday + 1) % 7, 0, span.until_min - DAY_MIN) for span in nights)


@lru_cache(maxsize=4096)
def minutes_of_week(spans: Spans) -> tuple[int, ...]:
    """Minutes of each weekday, nights split at midnight."""
    parts: Sequence[WeeklySpan] = [*halves(spans)[0], *halves(spans)[1]]
    return tuple(sum(span.until_min - span.from_min for span in parts if span.weekday == day) for day in range(7))
