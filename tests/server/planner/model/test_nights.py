"""A night belongs to the day on which it begins: on a flight's first day, between, and after its last day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from server.planner.model.days import ALWAYS, WeeklySpan
from server.planner.model.nights import last_date, minutes_on, spans_on

MONDAY = date(2026, 3, 2)
NIGHTLY = tuple(WeeklySpan(weekday, 22 * 60, 26 * 60) for weekday in range(7))
FLIGHT = {"starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=2)}


def hours(spans: tuple[WeeklySpan, ...], on: date, **flight: date) -> list[tuple[int, int]]:
    """Of a date, in minutes."""
    found = spans_on(spans, on, **(flight or FLIGHT))
    return sorted((span.from_min, span.until_min) for span in found if span.weekday == on.weekday())


def test_a_flights_nights_run_from_its_first_evening_to_the_morning_after_its_last_day() -> None:
    assert [hours(NIGHTLY, MONDAY + timedelta(days=n)) for n in range(-1, 5)] == [
        [],
        [(1320, 1440)],
        [(0, 120), (1320, 1440)],
        [(0, 120), (1320, 1440)],
        [(0, 120)],
        [],
    ]


def test_a_flight_of_one_day_has_its_whole_night() -> None:
    one_day = {"starts_on": MONDAY, "ends_on": MONDAY}
    assert hours(NIGHTLY, MONDAY, **one_day) == [(1320, 1440)]
    assert hours(NIGHTLY, MONDAY + timedelta(days=1), **one_day) == [(0, 120)]


def test_sundays_night_goes_on_on_monday() -> None:
    sunday = (WeeklySpan(6, 23 * 60, 25 * 60),)
    weeks = {"starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=13)}
    assert hours(sunday, MONDAY, **weeks) == []  # that night belongs to the Sunday before the flight
    assert hours(sunday, MONDAY + timedelta(days=7), **weeks) == [(0, 60)]
    assert hours(sunday, MONDAY + timedelta(days=14), **weeks) == [(0, 60)]


def test_hours_without_nights_end_with_the_flight() -> None:
    assert last_date(ALWAYS, MONDAY) == MONDAY
    assert spans_on(ALWAYS, MONDAY, **FLIGHT) == ALWAYS
    assert last_date((WeeklySpan(1, 1320, 1560),), MONDAY) == MONDAY  # Tuesday's night is not Monday's
    assert last_date(NIGHTLY, date.max) == date.max


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)), min_size=1, max_size=3),
    st.integers(0, 20),
)
def test_a_flight_has_all_the_minutes_of_its_days(parts: list[tuple[int, int, int]], days: int) -> None:
    spans = tuple(WeeklySpan(weekday, begin, begin + length) for weekday, begin, length in parts)
    flight = {"starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=days)}
    whole = sum(length for weekday, _, length in parts for n in range(days + 1) if n % 7 == weekday)
    dates = (MONDAY + timedelta(days=n) for n in range(-1, days + 3))
    assert sum(minutes_on(spans, on, **flight) for on in dates) == whole
