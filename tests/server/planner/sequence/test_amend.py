"""A planned day of a few slots, changed as little as possible to what its lines are owed now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from server.planner.model.problem import Apart
from server.planner.sequence.amend import amend
from server.planner.sequence.demand_lines import DayLines
from server.planner.sequence.sequencer import gaps_of
from tests.server.planner.short_days import TOUCHING, day_of, never_shown, short_columns, short_lines, text_of


def amended(
    day: str, lines: DayLines, apart: Apart = TOUCHING, *, start: int = 0, ends: np.ndarray | None = None
) -> tuple[str, int]:
    """The changed day, and how many spots found no place."""
    slots, starts = day_of(day)
    columns = short_columns(lines, len(day))
    unplaced = amend(start, columns, gaps_of(apart), never_shown() if ends is None else ends, slots, starts)
    return text_of(slots, starts), unplaced


def test_a_day_that_has_what_it_owes_stays_as_it_is() -> None:
    lines = short_lines({"a": [(0, 8, 2)], "b": [(0, 8, 1)]}, b={"slots": 2})
    assert amended("A.Bb...A", lines) == ("A.Bb...A", 0)


def test_a_new_spot_takes_house_content_nearest_to_the_middle_of_its_window() -> None:
    """One spot is owed in eight slots, so its window is the day and its middle slot 4, which B has; 5 is tried next."""
    lines = short_lines({"a": [(0, 8, 1)], "b": [(0, 8, 2)]})
    assert amended("....B.B.", lines) == ("....BAB.", 0)


def test_of_the_windows_of_a_part_the_one_without_a_spot_gets_it() -> None:
    """Windows are slots 0–3, 4–7 and 8–11; the middle one has no spot."""
    assert amended("A..........A", short_lines({"a": [(0, 12, 3)]})) == ("A.....A....A", 0)


def test_a_new_spot_takes_the_place_of_a_surplus_spot_of_another_line() -> None:
    lines = short_lines({"a": [(0, 4, 1)], "b": [(0, 4, 3)]})
    assert amended("BBBB", lines) == ("BBAB", 0)


def test_a_long_spot_replaces_whole_spots_only() -> None:
    """Of three spots of b the last is surplus, but a new spot of three slots would take one and a half of them.

    One of two slots may begin in slot 3, 4 or 2, in this order; only 4 and 2 are where a spot of b begins.
    """
    lines = short_lines({"a": [(0, 6, 1)], "b": [(0, 6, 2)]}, a={"slots": 3}, b={"slots": 2})
    assert amended("BbBbBb", lines) == ("BbBb..", 1)
    as_long = short_lines({"a": [(0, 6, 1)], "b": [(0, 6, 2)]}, a={"slots": 2}, b={"slots": 2})
    assert amended("BbBbBb", as_long) == ("BbBbAa", 0)


def test_surplus_that_nobody_takes_is_removed_evenly() -> None:
    """Of six spots three are too many: the second, fourth and sixth go, where k · 3 // 6 grows."""
    assert amended("AAAAAA", short_lines({"a": [(0, 6, 3)]})) == ("A.A.A.", 0)


def test_slots_before_the_start_are_fixed() -> None:
    """The line owes three spots from slot 4 on; its spots before that do not count."""
    lines = short_lines({"a": [(4, 10, 3)]})
    assert amended("AAAA......", lines, start=4) == ("AAAA.A.A.A", 0)


def test_a_new_spot_keeps_its_distance_before_and_after() -> None:
    """From the middle, slot 3, the places are tried in the order 4, 2, 5, 1, 6, 0."""
    lines = short_lines({"a": [(0, 7, 1)], "b": [(0, 7, 2)]}, a={"advertiser": "x"}, b={"advertiser": "x"})
    assert amended("..B.B..", lines, Apart(creative=0, advertiser=1)) == ("..B.B.A", 0)
    assert amended("..B.B..", lines, Apart(creative=0, advertiser=2)) == ("..B.B..", 1)


def test_a_new_spot_keeps_its_distance_to_a_spot_before_the_day() -> None:
    lines = short_lines({"a": [(0, 4, 1)]})
    ends = np.zeros_like(never_shown())
    assert amended("....", lines, Apart(creative=3), ends=ends) == ("...A", 0)
    assert amended("....", lines, Apart(creative=4), ends=ends) == ("....", 1)


def test_categories_are_kept_apart_as_advertisers_are() -> None:
    apart = Apart(creative=0, advertiser=0, category=2)
    for category, day in (("shoes", ("..B..", 1)), ("cars", ("..BA.", 0))):
        changes = {"a": {"category": "shoes"}, "b": {"category": category}}
        assert amended("..B..", short_lines({"a": [(0, 5, 1)], "b": [(0, 5, 1)]}, **changes), apart) == day


def test_an_urgent_spot_goes_to_the_beginning_of_its_time() -> None:
    lines = short_lines({"a": [(2, 12, 1)]})
    assert amended("." * 12, lines) == (".......A....", 0)
    assert amended("." * 12, replace(lines, urgent=np.array([True]))) == ("..A.........", 0)


def test_no_spot_goes_where_the_screen_is_off() -> None:
    assert amended("A####", short_lines({"a": [(0, 5, 2)]})) == ("A####", 1)
