"""Days of a few slots, filled spot by spot; the comments say when each spot is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from media.daytable import OFF
from server.planner.model.days import Range
from server.planner.model.problem import Apart, PlanCreative
from server.planner.sequence.deadlines import deadlines
from server.planner.sequence.demand_lines import DayLines, stretches_of
from server.planner.sequence.dispatch import DayDraft, HouseContent, fill
from server.planner.sequence.sequencer import gaps_of
from tests.server.planner.short_days import TOUCHING, never_shown, short_columns, short_lines, text_of


def filled(
    lines: DayLines,
    slots: int,
    apart: Apart = TOUCHING,
    *,
    house: Sequence[int] = (1,),
    opened: Sequence[Range] = (),
    stretches: Sequence[tuple[int, int, int]] = (),
    ends: np.ndarray | None = None,
    variation: int = 0,
) -> tuple[str, int]:
    """The day as text, and how many spots found no place."""
    columns, gaps = short_columns(lines, slots), gaps_of(apart)
    cut = [(part.first, part.end, int(part.unsold)) for part in stretches_of(lines, opened or [(0, slots)])]
    content = HouseContent(np.array(house, np.int32), np.zeros(3, np.int32), np.array(stretches or cut, np.int32))
    draft = DayDraft(np.full(slots, OFF, np.uint16), np.zeros(slots, np.uint8), never_shown() if ends is None else ends)
    unplaced = fill(0, columns, deadlines(columns, gaps, slots, 0), gaps, content, draft, variation)
    return text_of(draft.slots, draft.starts), unplaced


def test_of_spots_that_are_due_together_the_first_line_goes_first() -> None:
    assert filled(short_lines({"a": [(0, 4, 2)], "b": [(0, 4, 2)]}), 4) == ("ABAB", 0)


def test_the_earliest_deadline_goes_first_and_a_long_spot_stays_whole() -> None:
    """Three spots of b are due before slots 2, 4 and 6, so they begin by 1, 3, 5; the long one of a begins by 3."""
    lines = short_lines({"a": [(0, 6, 1)], "b": [(0, 6, 3)]}, a={"slots": 3})
    assert filled(lines, 6) == ("BAaaBB", 0)


def test_unsold_time_is_spread_between_the_spots() -> None:
    """Spots begin by 2 and 5; of six slots four are unsold, so house content begins by 1, 2, 4 and 5."""
    assert filled(short_lines({"a": [(0, 6, 2)]}), 6) == (".A..A.", 0)


def test_a_showing_of_house_content_is_cut_where_a_lines_time_begins() -> None:
    lines = short_lines({"a": [(2, 5, 3)]})
    assert filled(lines, 8, house=[5], stretches=[(0, 8, 5)]) == ("..AAA...", 0)


def test_outside_the_open_hours_the_screen_is_off() -> None:
    lines = short_lines({"a": [(1, 3, 2)]})
    assert filled(lines, 5, opened=[(1, 3)]) == ("#AA##", 0)


def test_creatives_take_turns_by_their_weights() -> None:
    creatives = (PlanCreative("heavy", 2, 1), PlanCreative("light", 1, 1))
    assert filled(short_lines({"a": [(0, 6, 6)]}, a={"creatives": creatives}), 6) == ("ABAABA", 0)


def test_spots_of_one_advertiser_keep_their_distance_and_those_without_a_place_are_counted() -> None:
    lines = short_lines({"a": [(0, 4, 2)], "b": [(0, 4, 2)]}, a={"advertiser": "x"}, b={"advertiser": "x"})
    assert filled(lines, 4, Apart(creative=0, advertiser=1)) == ("A.B.", 2)


def test_a_distance_holds_to_a_spot_before_the_day() -> None:
    """A takeover's spots, which belong to no advertiser, are kept apart from nothing."""
    ends = np.zeros_like(never_shown())
    assert filled(short_lines({"a": [(0, 4, 1)]}), 4, Apart(creative=3), ends=ends) == ("...A", 0)
    takeover = short_lines({"a": [(0, 4, 4)]}, a={"goal_kind": "takeover"})
    assert filled(takeover, 4, Apart(creative=3), ends=ends) == ("AAAA", 0)


def test_a_spot_that_can_wait_gives_way_where_it_would_make_another_late() -> None:
    """The second spot of a is too near to its first until slot 5, where it is due.

    A spot of b before that would put it off to slot 6 or later if both are of one category, so c goes first.
    """
    apart = Apart(creative=4, advertiser=0, category=2)
    for category, day in (("shoes", "A...CA..B..."), ("cars", "A...BA..C...")):
        changes = {"a": {"category": "shoes"}, "b": {"category": category}}
        lines = short_lines({"a": [(0, 1, 1), (3, 6, 1)], "b": [(3, 12, 1)], "c": [(3, 12, 1)]}, **changes)
        assert filled(lines, 12, apart) == (day, 0)


def test_a_spot_runs_on_into_time_of_its_line_only() -> None:
    touching = short_lines({"a": [(0, 1, 1), (1, 3, 0)]}, a={"slots": 3})
    assert filled(touching, 3) == ("Aaa", 0)
    with_a_hole = short_lines({"a": [(0, 1, 1), (2, 4, 0)]}, a={"slots": 3})
    assert filled(with_a_hole, 4) == ("....", 1)


def test_later_hours_make_good_for_the_spots_of_an_hour_unless_a_cap_forbids_it() -> None:
    """Four spots are owed in the first two slots. Only a has time after that, in which it shows what it lacks."""
    owed = {"a": [(0, 2, 2), (2, 6, 1)], "b": [(0, 2, 2)]}
    assert filled(short_lines(owed), 6) == ("ABA..A", 1)
    assert filled(short_lines(owed, a={"hourly": 3}), 6) == ("AB..A.", 2)


def test_the_first_spot_of_an_urgent_line_goes_before_all_others() -> None:
    lines = short_lines({"a": [(0, 4, 2)], "b": [(0, 4, 1)]})
    assert filled(lines, 4) == ("ABA.", 0)
    assert filled(replace(lines, urgent=np.array([False, True])), 4) == ("BAA.", 0)


@pytest.mark.parametrize("variation", [1, 2, 9])
def test_a_variation_moves_spots_but_loses_none(variation: int) -> None:
    lines = short_lines({id_: [(0, 12, 3)] for id_ in "abcd"})
    day, unplaced = filled(lines, 12, variation=variation)
    assert (sorted(day), unplaced) == (sorted("ABCD" * 3), 0)
    assert day != "ABCD" * 3
    assert (day, unplaced) == filled(lines, 12, variation=variation)
