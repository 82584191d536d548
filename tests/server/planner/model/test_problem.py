from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from server.planner.model.days import WeeklySpan
from server.planner.model.problem import Apart, HouseItem, PlanCreative, Shown
from tests.server.planner.world import MONDAY, booking

NIGHT = (WeeklySpan(0, 1320, 1560),)  # from Monday, 22:00, to Tuesday, 02:00
SUNDAY, TUESDAY, WEDNESDAY = (MONDAY + timedelta(days=n) for n in (-1, 1, 2))


def test_a_night_of_the_last_day_plays_until_the_morning_after() -> None:
    night = booking("a", 1, dayparts=NIGHT, ends_on=MONDAY)
    assert night.last_on == TUESDAY
    assert [night.minutes_on(on) for on in (SUNDAY, MONDAY, TUESDAY)] == [0, 120, 120]
    assert night.spans_on(TUESDAY) == (WeeklySpan(1, 0, 120),)
    assert booking("a", 1, ends_on=MONDAY).last_on == MONDAY


@pytest.mark.parametrize(("on", "part"), [(MONDAY, True), (TUESDAY, False), (WEDNESDAY, True)])
def test_only_a_flights_first_and_last_date_have_a_part_of_its_nights(on: date, part: bool) -> None:
    """The last night, which is Tuesday's, goes on into Wednesday."""
    weekly = (WeeklySpan(0, 1320, 1560), WeeklySpan(1, 1320, 1560))
    assert booking("a", 1, dayparts=weekly, ends_on=TUESDAY).has_part_of(on) is part


@pytest.mark.parametrize(
    ("goal", "more", "whole"),
    [
        (100, {}, True),
        (99.9, {}, False),
        (1, {"goal_kind": "takeover"}, True),
        (100, {"goal_kind": "plays_per_day"}, False),
    ],
)
def test_a_takeover_is_all_the_time_however_it_was_sold(goal: float, more: dict[str, Any], whole: bool) -> None:
    assert booking("a", goal, **more).takes_over is whole


def test_the_mean_length_is_that_of_the_weights() -> None:
    creatives = (PlanCreative("often", 3, 1), PlanCreative("seldom", 1, 4))
    assert booking("a", 1, creatives=creatives).mean_slots == Fraction(7, 4)


def test_names_that_a_stored_days_digest_contains_stay() -> None:
    """Renamed, every stored day would be planned anew."""
    assert repr((Apart(1, 2, 3), HouseItem("h", 1), Shown("s", 2), PlanCreative("c", 3, 4))) == (
        "(Apart(creative=1, advertiser=2, category=3), HouseItem(item='h', slots=1), Shown(item='s', ago=2), "
        "PlanCreative(item='c', weight=3, slots=4))"
    )
