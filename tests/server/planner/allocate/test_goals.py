"""The plays that a day owes of a flight's goal, by pace."""

from __future__ import annotations

import pytest

from server.planner.allocate.goals import day_plays
from server.planner.model.problem import Pace

WEEK = [60] * 7


@pytest.mark.parametrize(("pace", "owed"), [("even", 100), ("ahead", 140), ("asap", 700)])
def test_the_first_day_owes_its_part_by_pace(pace: Pace, owed: int) -> None:
    assert day_plays(700, WEEK, pace) == owed


def test_a_day_is_weighed_by_the_time_that_it_gives() -> None:
    assert day_plays(700, [30, 60, 60], "even") == 140


def test_a_part_of_a_play_is_rounded_up_so_that_the_last_day_is_not_left_with_the_rest() -> None:
    assert day_plays(701, WEEK, "even") == 101


@pytest.mark.parametrize("pace", ["even", "ahead", "asap"])
def test_the_days_of_a_flight_add_up_to_its_goal(pace: Pace) -> None:
    left, owed = 1_000, []
    for day in range(7):
        owed.append(day_plays(left, WEEK[day:], pace))
        left -= owed[-1]
    assert (sum(owed), left) == (1_000, 0)


def test_a_shortfall_is_made_good_over_the_days_that_are_left() -> None:
    assert day_plays(700, WEEK[1:], "even") == 117


@pytest.mark.parametrize(("left", "weights"), [(0, WEEK), (-5, WEEK), (100, []), (100, [0, 60])])
def test_nothing_is_owed_without_a_goal_or_without_time(left: int, weights: list[int]) -> None:
    assert day_plays(left, weights, "even") == 0
