"""Spots of one advertiser that are due together get deadlines one after the other, in time to be kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from media.integers import ceil_div
from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import days_from
from server.planner.model.problem import Apart, HouseItem, PlanScreen, ScreenDay
from server.planner.sequence.columns import Lines
from server.planner.sequence.deadlines import deadlines
from server.planner.sequence.demand_lines import DayLines, catalogue_of, lines_of
from server.planner.sequence.judge import breaks, deviations
from server.planner.sequence.sequencer import SequenceInput, columns_of, ends_of, gaps_of, sequence
from tests.server.planner.world import MONDAY, booking, in_columns

SLOT_MS = 5_000
SLOTS = 17_280
OPEN = ((5040, SLOTS),)
APART = Apart(creative=3, advertiser=9, category=3)
GIANTS, SMALL = 3, 30


def test_of_those_due_together_all_but_the_last_are_due_earlier() -> None:
    lines = columns([("a", 2), ("a", 2), ("b", 2)], until=100)
    due = deadlines(lines, gaps_of(APART), 100, 0)
    assert due.spot_of.tolist() == [0, 2, 4, 6]
    # The second spots are all released at 50 and due at 100; one of the two of "a" leaves the other its slot and 9.
    assert sorted(due.end_of[[1, 3]]) == [90, 100]
    assert due.end_of[5] == 100


def test_none_is_due_before_it_may_begin() -> None:
    lines = columns([("a", 50), ("a", 50)], until=100)
    assert (deadlines(lines, gaps_of(APART), 100, 0).end_of.reshape(2, 50) > 2 * np.arange(50)).all()


def test_a_spot_whose_group_leaves_no_capacity_may_begin_ahead_of_its_course() -> None:
    """All twenty spots that are due at the end are released ten slots before: only one of them has room after that."""
    lines = columns([("a", 20)] * 20, until=200)
    even, ahead = (deadlines(lines, gaps_of(APART), 200, lead) for lead in (0, 1))
    last = even.spot_of[1:] - 1
    assert set(even.begin_of[last].tolist()) == {190}
    assert sorted(set(ahead.begin_of[last].tolist())) == [185, 189, 190]
    assert (ahead.end_of <= even.end_of).all()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9)), min_size=1, max_size=5), st.integers(1, 3))
def test_a_groups_deadlines_leave_each_other_room_where_there_is_any(owed: list[tuple[str, int]], slots: int) -> None:
    lines = columns(owed, until=200, slots=slots)
    due = deadlines(lines, gaps_of(APART), 200, 0)
    for name in "ab":
        mine = [n for n, (advertiser, _) in enumerate(owed) if advertiser == name]
        # When due on an even course, when it may end at the earliest, when due now: in the order of the first two.
        spots = sorted(
            (ceil_div(200 * (k + 1), owed[n][1]), 200 * k // owed[n][1] + slots, int(due.end_of[due.spot_of[n] + k]))
            for n in mine
            for k in range(owed[n][1])
        )
        assert all(end <= even for even, _, end in spots)
        for (_, earliest, end), (_, _, after) in pairwise(spots):
            assert end <= max(earliest, after - slots - APART.advertiser)


def test_many_lines_of_few_advertisers_all_find_their_places() -> None:
    """Three advertisers of ten lines fill what their distance leaves them, beside thirty that fill most of the rest."""
    each = int(0.85 * (SLOTS - OPEN[0][0] + 9) / 10) // 10
    rest = (SLOTS - OPEN[0][0] - GIANTS * 10 * each) * 97 // 100 // SMALL
    giants = [(f"giant {n % GIANTS}", 1, each) for n in range(GIANTS * 10)]
    owed = giants + [(f"{n}", 1, rest) for n in range(SMALL)]
    lines = day_lines(owed, first=OPEN[0][0], until=SLOTS)
    day = SequenceInput(lines, OPEN, SLOTS, SLOT_MS, APART, house=(HouseItem("house", 1),))
    day_columns = columns_of(lines, day)
    slots, starts = in_columns(sequence(day), day_columns)
    assert np.bincount(slots[starts > 0])[1:].tolist() == lines.parts[:, 2].tolist()
    assert breaks(0, day_columns.lines, gaps_of(APART), ends_of(day, day_columns), slots, starts) == 0


def test_long_spots_give_way_to_one_whose_distance_leaves_it_hardly_a_choice() -> None:
    """An advertiser's spots fill nine tenths of what its distance allows, beside spots of eight slots and of one."""
    owed = [("often", 1, 1102), *((f"long {n}", 8, 60) for n in range(20)), *((f"short {n}", 1, 60) for n in range(20))]
    lines = day_lines(owed, first=OPEN[0][0], until=SLOTS)
    day = SequenceInput(lines, OPEN, SLOTS, SLOT_MS, APART, house=(HouseItem("house", 1),))
    day_columns = columns_of(lines, day)
    slots, starts = in_columns(sequence(day), day_columns)
    assert np.bincount(slots[starts > 0])[1:].tolist() == lines.parts[:, 2].tolist()
    assert breaks(0, day_columns.lines, gaps_of(APART), ends_of(day, day_columns), slots, starts) == 0


def test_two_of_a_category_do_not_keep_each_other_out_until_too_late() -> None:
    """Each wants most of what its own distance allows; a spot of the one that can wait blocks the other's for long."""
    often, seldom = 614, 580
    left = SLOTS - 10_080 - often - seldom
    shares = 1 / np.arange(1, 51)
    rest = np.minimum(600, left * shares / shares.sum()).astype(int)
    owed = [("a", 1, often), ("b", 1, seldom), *((f"{n}", 1, int(plays)) for n, plays in enumerate(rest))]
    owed += [(f"more {n}", 1, int(left - rest.sum()) // 2) for n in range(2)]
    lines = day_lines(owed, first=10_080, until=SLOTS, category={"a": "shoes", "b": "shoes"})
    day = SequenceInput(lines, ((10_080, SLOTS),), SLOTS, SLOT_MS, APART, house=(HouseItem("house", 1),))
    day_columns = columns_of(lines, day)
    slots, starts = in_columns(sequence(day), day_columns)
    assert np.bincount(slots[starts > 0])[1:].tolist() == lines.parts[:, 2].tolist()
    worst = np.zeros(len(lines))
    deviations(0, day_columns.lines, slots, starts, worst)
    assert worst.max() <= 2


def columns(owed: list[tuple[str, int]], *, until: int, slots: int = 1) -> Lines:
    lines = day_lines([(name, slots, plays) for name, plays in owed], first=0, until=until)
    return columns_of(lines, SequenceInput(lines, ((0, until),), until, SLOT_MS, APART)).lines


def day_lines(
    owed: list[tuple[str, int, int]], *, first: int, until: int, category: Mapping[str, str] = MappingProxyType({})
) -> DayLines:
    """A line for each advertiser, with its spots' slots and how many they are."""
    sold = [
        replace(booking(f"{n}", 0, slots=slots), advertiser=name, category=category.get(name, ""))
        for n, (name, slots, _) in enumerate(owed)
    ]
    row = Row.of(Allotted(f"{n}", plays, ((first, until, plays),)) for n, (_, _, plays) in enumerate(owed))
    [day] = days_from("UTC", MONDAY, 1)
    return lines_of(PlanScreen("screen", ()), ScreenDay(day, OPEN, row), catalogue_of(sold), SLOT_MS)
