"""How far a day is off its even course, and how many of its spots are too near to each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.planner.model.problem import Apart
from server.planner.sequence.demand_lines import DayLines
from server.planner.sequence.judge import breaks, deviations
from server.planner.sequence.sequencer import gaps_of
from tests.server.planner.short_days import day_of, never_shown, plain_deviation, short_columns, short_lines


def worst_of(lines: DayLines, slots: np.ndarray, starts: np.ndarray, start: int = 0) -> list[float]:
    worst = np.zeros(len(lines))
    deviations(start, short_columns(lines, len(slots)), slots, starts, worst)
    return list(worst.tolist())


@st.composite
def tapes(draw: st.DrawFn) -> tuple[DayLines, np.ndarray, np.ndarray]:
    """Lines of one slot's or three slots' spots, and slots that show them anyhow."""
    length, edges = draw(st.sampled_from([1, 3])), sorted(draw(st.sets(st.integers(0, 40), min_size=3, max_size=3)))
    parts = [(first, end, draw(st.integers(0, (end - first) // length))) for first, end in pairwise(edges)]
    changes = {"a": {"slots": length}, "b": {"slots": length}}
    lines = short_lines({"a": parts, "b": [(0, 40, draw(st.integers(0, 9)))]}, **changes)
    slots, starts = np.zeros(40, np.uint16), np.zeros(40, np.uint8)
    at = 0
    while at + length <= 40:
        number = draw(st.integers(0, 2))
        if number:
            slots[at : at + length], starts[at] = number, 1
        at += length if number else 1
    return lines, slots, starts


@settings(max_examples=200, deadline=None)
@given(tapes())
def test_a_deviation_is_the_largest_over_all_prefixes(tape: tuple[DayLines, np.ndarray, np.ndarray]) -> None:
    lines, slots, starts = tape
    assert np.allclose(
        worst_of(lines, slots, starts), [plain_deviation(lines, n, slots, starts) for n in range(len(lines))]
    )


@pytest.mark.parametrize(
    ("day", "off"),
    [
        ("A...A...", 0.75),  # after slot 0 one slot is shown and a quarter owed
        ("...A...A", 0.75),
        ("AA......", 1.5),
        ("......AA", 1.5),
        ("Aaaa....", 4),  # at the end two spots of four slots are owed, and one was shown
        ("........", 0),  # without a spot no length is known, and none is off
    ],
)
def test_a_line_is_off_by_the_slots_that_it_is_ahead_or_behind(day: str, off: float) -> None:
    assert worst_of(short_lines({"a": [(0, 8, 2)]}, a={"slots": 4 if "a" in day else 1}), *day_of(day)) == [off]


def test_of_a_day_that_is_changed_only_the_rest_is_judged() -> None:
    assert worst_of(short_lines({"a": [(4, 8, 1)]}), *day_of("AAAA...A"), start=4) == [0.75]


SAME = {"a": {"advertiser": "x", "category": "shoes"}, "b": {"advertiser": "x", "category": "shoes"}}


@pytest.mark.parametrize(
    ("day", "apart", "count"),
    [
        ("AA.A", Apart(1, 0, 0), 1),
        ("AA.A", Apart(2, 0, 0), 2),
        ("AB.B", Apart(1, 0, 0), 0),
        ("AB.B", Apart(0, 1, 0), 1),
        ("AB.B", Apart(0, 0, 2), 2),
        ("A#.B", Apart(0, 2, 0), 0),
        ("A#.B", Apart(0, 3, 0), 1),
    ],
)
def test_spots_that_are_too_near_are_counted(day: str, apart: Apart, count: int) -> None:
    columns = short_columns(short_lines({"a": [(0, 4, 2)], "b": [(0, 4, 2)]}, **SAME), 4)
    assert breaks(0, columns, gaps_of(apart), never_shown(), *day_of(day)) == count


def test_a_spot_may_be_too_near_to_one_of_the_day_before() -> None:
    columns, before = short_columns(short_lines({"a": [(0, 4, 1)]}), 4), np.zeros_like(never_shown())
    assert [breaks(0, columns, gaps_of(Apart(2)), before, *day_of(day)) for day in (".A..", "..A.")] == [1, 0]


def test_a_takeover_is_too_near_to_nothing() -> None:
    columns = short_columns(short_lines({"a": [(0, 4, 4)]}, a={"goal_kind": "takeover"}), 4)
    assert breaks(0, columns, gaps_of(Apart(3, 3, 3)), never_shown(), *day_of("AAAA")) == 0
