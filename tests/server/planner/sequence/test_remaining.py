"""The spots that the lines of a day are still owed when it is changed in its middle."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from server.planner.model.problem import PlanCreative
from server.planner.sequence.demand_lines import DayLines
from server.planner.sequence.remaining import remaining
from tests.server.planner.short_days import short_lines, table_of_text
from tests.server.planner.world import SLOT_MS

HOUR = 720


def remaining_of(day: str, lines: DayLines, until: int) -> DayLines:
    """The lines after this day was shown up to a slot; A is the item of booking a, B that of b."""
    return remaining(lines, table_of_text(day, "a-a", "b-a"), until, slot_ms=SLOT_MS)


def test_before_a_days_first_slot_all_remains() -> None:
    lines = short_lines({"a": [(0, 8, 2)]})
    assert remaining(lines, None, 0, slot_ms=SLOT_MS) is lines


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        ("A.A.A.A.", 4),
        ("A...A...", 6),
        ("........", 6),  # eight are missing, but at most two more than the four that are due
        ("AAAAAA..", 2),
        ("AAAAAAAA", 2),  # none is missing, but at most two fewer than the four that are due
    ],
)
def test_a_change_neither_loses_what_is_missing_nor_causes_a_burst(shown: str, left: int) -> None:
    lines = short_lines({"a": [(0, 16, 8)]})
    assert remaining_of(shown + "." * 8, lines, 8).parts.tolist() == [[8, 16, left]]


def test_a_later_part_makes_good_for_one_that_is_over() -> None:
    """One of two spots was shown of the part before slot 4, three of a line that was owed two."""
    lines = short_lines({"a": [(0, 4, 2), (4, 8, 2), (8, 12, 1)], "b": [(0, 4, 2), (4, 8, 2)]})
    left = remaining_of("ABBB" + "." * 8, lines, 4)
    assert left.part_of.tolist() == [0, 2, 3]
    assert left.parts.tolist() == [[4, 8, 3], [8, 12, 1], [4, 8, 1]]


def test_a_day_that_was_off_so_far_counts_as_one_that_showed_nothing() -> None:
    lines = short_lines({"a": [(0, 4, 1), (4, 8, 2)]})
    assert remaining(lines, None, 4, slot_ms=SLOT_MS).parts.tolist() == [[4, 8, 3]]


def test_a_spot_counts_for_every_line_that_shows_its_item() -> None:
    shared = {"creatives": (PlanCreative("a-a", 1, 1),)}
    lines = short_lines({"a": [(0, 8, 3)], "b": [(0, 8, 3)]}, b=shared)
    assert remaining_of("A.A.....", lines, 4).parts.tolist() == [[4, 8, 1], [4, 8, 1]]


def test_a_line_is_no_longer_urgent_once_it_was_shown() -> None:
    lines = short_lines({"a": [(0, 8, 2)], "b": [(0, 8, 2)]})
    left = remaining_of("A.......", replace(lines, urgent=np.array([True, True])), 2)
    assert left.urgent.tolist() == [False, True]


def test_plays_of_an_hour_count_against_its_cap_and_no_hour_makes_good_for_another() -> None:
    parts = [(0, HOUR, 4), (HOUR, HOUR + 360, 1), (HOUR + 360, 2 * HOUR, 4), (2 * HOUR, 3 * HOUR, 4)]
    shown = ["A" if slot in (10, HOUR, HOUR + 20, HOUR + 40) else "." for slot in range(3 * HOUR)]
    left = remaining_of("".join(shown), short_lines({"a": parts}, a={"hourly": 4}), HOUR + 60)
    assert left.parts.tolist() == [[HOUR + 60, HOUR + 360, 0], [HOUR + 360, 2 * HOUR, 1], [2 * HOUR, 3 * HOUR, 4]]
