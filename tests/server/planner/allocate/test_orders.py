"""The demand of a booking on one date."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.planner.allocate.orders import order_of
from server.planner.model.days import WeeklySpan
from server.planner.model.network import Rank
from server.planner.model.problem import Booking, PlanCreative
from tests.server.planner.world import MONDAY

NIGHTLY = tuple(WeeklySpan(weekday, 22 * 60, 26 * 60) for weekday in range(7))
FLIGHT = {"starts_on": MONDAY, "ends_on": MONDAY + timedelta(days=2)}


def booking(**more: object) -> Booking:
    plain = {"id": "a", "advertiser": "a", "creatives": (PlanCreative("a", 1, 2),), "goal_kind": "plays_per_day"}
    return Booking(**{**plain, "goal": Fraction(101), "dayparts": NIGHTLY, **FLIGHT, **more})


@pytest.mark.parametrize(
    ("more", "rank"),
    [
        ({"goal_kind": "takeover", "preemptible": True}, Rank.TAKEOVER),
        ({"goal_kind": "share", "goal": Fraction(100)}, Rank.TAKEOVER),
        ({"goal_kind": "share", "goal": Fraction(10)}, Rank.SHARE),
        ({"goal_kind": "share", "goal": Fraction(10), "preemptible": True}, Rank.BONUS),
        ({"goal_kind": "plays"}, Rank.GUARANTEED),
        ({"goal_kind": "impressions"}, Rank.GUARANTEED),
        ({"goal_kind": "plays_per_day"}, Rank.GUARANTEED),
    ],
)
def test_a_bookings_kind_decides_its_rank(more: dict[str, Any], rank: Rank) -> None:
    order = order_of(booking(**more), MONDAY)
    assert order is not None
    assert order.rank == rank


@pytest.mark.parametrize(
    ("kind", "goal", "demand"),
    [
        ("share", 12.5, (None, Fraction(1, 8), None)),
        ("takeover", 0, (None, Fraction(1), None)),
        ("plays", 1000, (7, None, None)),
        ("impressions", 1000, (7, None, None)),
        ("plays_per_day", 20, (None, None, Fraction(10))),  # the first date has half of its night
    ],
)
def test_an_order_demands_plays_in_all_or_a_share_or_plays_on_each_screen(kind: str, goal: float, demand: Any) -> None:
    order = order_of(booking(goal_kind=kind, goal=Fraction(goal)), MONDAY, plays=7)
    assert order is not None
    assert (order.plays, order.share, order.each) == demand
    assert order.impressions is (kind == "impressions")


def test_an_order_has_the_mean_length_and_the_longest_of_its_creatives() -> None:
    order = order_of(booking(creatives=(PlanCreative("often", 3, 1), PlanCreative("seldom", 1, 4))), MONDAY)
    assert order is not None
    assert (order.slots, order.longest) == (Fraction(7, 4), 4)


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1439), st.integers(1, 1440)), min_size=1, max_size=3),
    st.integers(1, 15),
)
def test_each_day_with_hours_has_its_goal_once(parts: list[tuple[int, int, int]], days: int) -> None:
    spans = tuple(WeeklySpan(weekday, begin, begin + length) for weekday, begin, length in parts)
    begun = sum(any(span.weekday == n % 7 for span in spans) for n in range(days))
    assert sum(goals(spans, days)) == 100 * begun


def test_plays_a_day_are_counted_by_the_night() -> None:
    orders = [order_of(booking(), MONDAY + timedelta(days=n)) for n in range(4)]
    assert [order.each for order in orders if order] == [51, 101, 101, 50]


def goals(spans: tuple[WeeklySpan, ...], days: int, **more: object) -> list[int]:
    """Plays that each date of a flight of so many days wants, and the date after it."""
    flight = booking(dayparts=spans, goal=Fraction(100), ends_on=MONDAY + timedelta(days=days - 1), **more)
    orders = (order_of(flight, MONDAY + timedelta(days=n)) for n in range(days + 1))
    return [int(order.each or 0) if order else 0 for order in orders]


def test_a_single_night_has_one_days_plays() -> None:
    friday = WeeklySpan(4, 22 * 60, 26 * 60)
    assert goals((friday,), 14) == [0, 0, 0, 0, 50, 50, 0, 0, 0, 0, 0, 50, 50, 0, 0]


def test_two_nights_have_two_days_plays() -> None:
    nights = (WeeklySpan(4, 22 * 60, 26 * 60), WeeklySpan(5, 23 * 60, 25 * 60))
    assert goals(nights, 7) == [0, 0, 0, 0, 50, 100, 50, 0]
    assert goals(nights, 6) == [0, 0, 0, 0, 50, 100, 50]


def test_a_nights_plays_do_not_depend_on_the_next_days_hours() -> None:
    spans = (WeeklySpan(0, 23 * 60, 27 * 60), WeeklySpan(1, 600, 660))
    assert goals(spans, 7) == [25, 175, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(("n", "wanted"), [(-1, False), (0, True), (3, True), (4, False)])
def test_nothing_is_wanted_outside_of_a_flight_and_its_last_night(n: int, wanted: bool) -> None:
    assert (order_of(booking(), MONDAY + timedelta(days=n)) is not None) is wanted
