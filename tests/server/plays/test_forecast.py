"""Where a campaign stands and what it will come to, by the rules that the planner paces by."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from server.planner.allocate.goals import day_plays
from server.planner.model.days import ALWAYS, WeeklySpan
from server.plays.forecast import Course, DayFulfilment, forecast

START = date(2026, 3, 1)


def day(nth: int) -> date:
    """The nth day of a flight of ten, from 0."""
    return START + timedelta(days=nth)


def course(**more: Any) -> Course:
    """1,000 plays in ten days; three days are over and played evenly."""
    given: dict[str, Any] = {
        "goal_kind": "plays",
        "goal": Fraction(1000),
        "pace": "even",
        "dayparts": ALWAYS,
        "since": START,
        "ends_on": day(9),
        "today": day(3),
        "played": 300,
    }
    return Course(**given | more)


def window(first: int, *pairs: tuple[int, int]) -> dict[date, DayFulfilment]:
    return {day(first + n): DayFulfilment(wanted, given) for n, (wanted, given) in enumerate(pairs)}


def test_a_campaign_on_its_course_is_neither_behind_nor_short() -> None:
    result = forecast(course(window=window(3, *[(100, 100)] * 7)))
    assert (result.booked, result.expected, result.played, result.planned, result.at_end) == (1000, 300, 300, 700, 1000)
    assert (result.behind, result.falls_short, result.lags) == (0, False, False)


def test_plays_missed_on_past_days_are_made_good_while_there_is_capacity() -> None:
    result = forecast(course(played=200, window=window(3, *[(115, 115)] * 7)))
    assert (result.behind, result.at_end) == (100, 1000)
    assert result.lags
    assert not result.falls_short


def test_days_that_are_full_hold_the_forecast_down() -> None:
    """Behind by 100, and no day has room for more than 90: at this rate it ends at 83 %."""
    result = forecast(course(played=200, window=window(3, *[(115, 90)] * 7)))
    assert (result.behind, result.at_end, result.share) == (100, 830, Fraction(83, 100))
    assert result.falls_short


def test_beyond_the_window_a_full_network_stays_as_full() -> None:
    result = forecast(course(played=200, window=window(3, (115, 90), (115, 90))))
    assert result.at_end == 200 + 7 * 90


def test_screens_that_fail_take_their_part_of_what_full_days_give() -> None:
    result = forecast(course(played=200, played_part=Fraction(9, 10), window=window(3, *[(120, 100)] * 7)))
    assert result.at_end == 200 + 7 * 90


def test_awaited_plays_count_so_that_nothing_is_made_good_twice() -> None:
    result = forecast(course(played=200, awaited=100, window=window(3, *[(100, 100)] * 7)))
    assert (result.behind, result.lags, result.at_end) == (0, False, 1000)


def test_a_campaign_ahead_of_its_course_is_behind_by_less_than_zero() -> None:
    assert forecast(course(played=350, window={})).behind == -50


def test_more_than_was_bought_is_not_hidden() -> None:
    assert forecast(course(played=1020, window={})).at_end == 1020


@pytest.mark.parametrize("pace", ["even", "asap"])
def test_expected_plays_are_even_where_no_day_has_to_have_more(pace: Any) -> None:
    assert forecast(course(pace=pace)).expected == 300


def test_ahead_expects_just_the_plays_that_the_planner_would_have_requested() -> None:
    left = 1000
    for nth in range(3):
        left -= day_plays(left, [1440] * (10 - nth), "ahead")
    assert forecast(course(pace="ahead")).expected == 1000 - left


def test_weekdays_without_hours_expect_nothing() -> None:
    """The first of March 2026 is a Sunday; it plays on Mondays and Tuesdays: two, and two of the next week."""
    dayparts = (WeeklySpan(0, 0, 600), WeeklySpan(1, 0, 600))
    assert forecast(course(dayparts=dayparts)).expected == 500


def test_a_paused_campaign_ends_with_the_plays_that_it_has() -> None:
    result = forecast(course(runs=False))
    assert (result.at_end, result.falls_short) == (300, True)


def test_a_flight_that_is_over_ends_with_what_came() -> None:
    result = forecast(course(today=day(10), played=950))
    assert (result.expected, result.at_end, result.behind) == (1000, 950, 50)


def test_a_flight_that_is_to_come_is_expected_to_be_kept() -> None:
    result = forecast(course(today=START - timedelta(days=20), played=0))
    assert (result.expected, result.behind, result.at_end, result.lags) == (0, 0, 1000, False)


@pytest.mark.parametrize("kind", ["share", "plays_per_day", "takeover"])
def test_a_goal_that_is_due_by_the_day_is_not_made_good(kind: Any) -> None:
    """300 were owed and 270 played; seven days are planned as wanted, and nine in ten plays come about."""
    days = window(3, *[(100, 100)] * 7)
    result = forecast(course(goal_kind=kind, due=300, played=270, played_part=Fraction(9, 10), window=days))
    assert (result.unit, result.booked, result.expected, result.behind) == ("plays", 1000, 300, 30)
    assert (result.planned, result.at_end) == (700, 270 + 630)
    assert result.falls_short


def test_a_daily_goal_goes_on_beyond_the_window_by_its_hours() -> None:
    result = forecast(course(goal_kind="share", due=300, played=300, window=window(3, (100, 80), (100, 80))))
    assert (result.booked, result.at_end) == (300 + 700, 300 + 560)


def test_the_noise_of_a_day_is_no_mark() -> None:
    assert not forecast(course(played=295, window=window(3, *[(101, 101)] * 7))).lags
    assert forecast(course(played=290, window=window(3, *[(102, 102)] * 7))).lags
