"""Bookings and notices as lines of a short day. A slot is ten seconds, so a minute is six slots."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import Range, days_from
from server.planner.model.problem import Notice, PlanCreative, PlanScreen, ScreenDay
from server.planner.sequence.demand_lines import (
    DayLines,
    catalogue_of,
    count_showings,
    lines_of,
    pieces_of,
    spot_begins,
    stretches_of,
)
from tests.server.planner.short_days import short_lines, table_of_text
from tests.server.planner.world import MONDAY, booking

SLOT_MS = 10_000
[DAY] = days_from("UTC", MONDAY, 1)


def at(slot: int) -> int:
    return DAY.starts_ms + slot * SLOT_MS


def notice(item: str = "n", slots: int = 1, *, since: int = -100, **more: Any) -> Notice:
    return Notice(item, slots, from_ms=at(since), **more)


def lines_with(
    *notices: Notice,
    sold: tuple[Allotted, ...] = (),
    reserved: Fraction = Fraction(0),
    opened: tuple[Range, ...] = ((0, 24),),
) -> DayLines:
    catalogue = catalogue_of([booking(entry.booking, 0, slots=1) for entry in sold], notices)
    screen = PlanScreen("screen", (), notices, reserved)
    return lines_of(screen, ScreenDay(DAY, opened, Row.of(sold)), catalogue, SLOT_MS)


def test_groups_are_numbered_and_a_takeover_belongs_to_none() -> None:
    sold = [
        booking("a", 1, advertiser="x", category="shoes"),
        booking("b", 1, advertiser="y", category="shoes"),
        booking("c", 1, advertiser="x"),
        booking("d", 1, advertiser="x", category="shoes", goal_kind="takeover"),
    ]
    catalogue = catalogue_of(sold, [notice("n"), notice("n")])
    assert catalogue.advertiser.tolist() == [0, 1, 0, -1, 2]
    assert catalogue.category.tolist() == [0, 0, -1, -1, -1]
    assert catalogue.ids == ("a", "b", "c", "d", "")


def test_a_changed_booking_has_another_digest_and_its_goal_is_no_part_of_it() -> None:
    before, longer, larger = (
        catalogue_of([booking("a", goal, slots=slots)]).digests for goal, slots in ((1, 2), (1, 3), (5, 2))
    )
    assert before != longer
    assert before == larger


def test_the_creatives_of_all_lines_follow_each_other() -> None:
    two = (PlanCreative("left", 1, 1), PlanCreative("right", 1, 2))
    lines = short_lines({"a": [(0, 8, 1)], "b": [(0, 8, 1)], "c": [(0, 8, 1)]}, b={"creatives": two})
    assert [lines.catalogue.items[piece] for piece in pieces_of(lines)] == ["a-a", "left", "right", "c-a"]


def test_the_days_bookings_are_found_among_those_of_all_days() -> None:
    catalogue = catalogue_of([booking(id_, 0) for id_ in "abc"])
    row = Row.of([Allotted("c", 2, ((0, 8, 2),)), Allotted("b", 3, ((0, 4, 1), (4, 8, 1)), "no_room")])
    lines = lines_of(PlanScreen("screen", ()), ScreenDay(DAY, ((0, 8),), row), catalogue, SLOT_MS)
    assert (lines.kinds.tolist(), lines.wanted.tolist(), lines.whys) == ([1, 2], [3, 2], ("no_room", ""))
    assert (lines.part_of.tolist(), lines.parts[:, 2].tolist()) == ([0, 2, 3], [1, 1, 2])


def test_notices_share_the_reserved_time() -> None:
    """A third of 24 slots is 8: four spots of one slot, and two of two slots."""
    lines = lines_with(notice("n"), notice("long", 2), reserved=Fraction(1, 3))
    assert lines.parts.tolist() == [[0, 24, 4], [0, 24, 2]]


def test_notices_get_no_more_than_is_unsold() -> None:
    """A half is reserved, which is 12 slots, but 20 of 24 are sold."""
    sold = (Allotted("a", 20, ((0, 24, 20),)),)
    assert lines_with(notice(), sold=sold, reserved=Fraction(1, 2)).parts.tolist() == [[0, 24, 20], [0, 24, 4]]


def test_the_parts_of_a_notice_are_rounded_along_the_day() -> None:
    """Each of four ranges of two slots owes half a spot: rounded one by one, all would have one, or none."""
    opened = ((0, 2), (4, 6), (8, 10), (12, 14))
    assert lines_with(notice(), reserved=Fraction(1, 4), opened=opened).parts[:, 2].tolist() == [1, 0, 1, 0]


def test_a_notice_runs_from_its_first_whole_slot_to_its_last_and_only_where_it_fits() -> None:
    late = replace(notice(slots=3), from_ms=at(3) + 1, until_ms=at(17) - 1)
    lines = lines_with(late, reserved=Fraction(1), opened=((0, 6), (8, 24)))
    assert lines.parts[:, :2].tolist() == [[8, 16]]
    assert len(lines_with(replace(late, until_ms=at(6)), reserved=Fraction(1))) == 0


@pytest.mark.parametrize(("more", "urgent"), [({}, False), ({"fresh": True}, True), ({"since": 5}, True)])
def test_a_notice_that_was_never_shown_is_urgent(more: dict[str, Any], urgent: bool) -> None:
    assert lines_with(notice(**more), reserved=Fraction(1)).urgent.tolist() == [urgent]


def test_a_notice_of_every_minute_has_a_spot_in_each_and_a_ranges_last_takes_the_rest() -> None:
    lines = lines_with(notice(every_minute=True), opened=((0, 14), (18, 20)))
    assert lines.parts.tolist() == [[0, 6, 1], [6, 14, 1], [18, 20, 1]]


def test_bookings_give_up_what_a_notice_of_every_minute_takes_and_it_is_reported() -> None:
    """The notice fills a sixth of the time; all of it is sold, so 98 − 16⅔ of 100 spots stay: 19.52 of 24."""
    lines = lines_with(notice(every_minute=True), sold=(Allotted("a", 24, ((0, 24, 24),)),))
    assert lines.parts.tolist()[0] == [0, 24, 19]
    assert lines.wanted.tolist() == [24, 4]


def test_bookings_keep_their_spots_where_a_notice_of_every_minute_leaves_enough() -> None:
    half = (Allotted("a", 12, ((0, 24, 12),)),)
    assert lines_with(notice(every_minute=True), sold=half).parts.tolist()[0] == [0, 24, 12]


def test_unsold_time_is_what_no_line_is_owed() -> None:
    """Both lines run in slots 2 and 3, where each is owed one slot: a one of its two, and b one of its two spots."""
    lines = short_lines({"a": [(0, 4, 1)], "b": [(2, 6, 2)]}, a={"slots": 2})
    stretches = [(part.first, part.end, part.unsold) for part in stretches_of(lines, [(0, 8)])]
    assert stretches == [(0, 2, 1), (2, 4, 0), (4, 6, 1), (6, 8, 2)]


def test_time_in_which_the_screen_is_off_is_in_no_stretch() -> None:
    lines = short_lines({"a": [(0, 8, 8)]})
    assert [(part.first, part.end) for part in stretches_of(lines, [(0, 3), (5, 8)])] == [(0, 3), (5, 8)]


def test_spots_are_counted_and_found_where_they_begin() -> None:
    table = table_of_text("AaA.BbB#A", "x", "y")
    assert count_showings(table, 8) == {"x": 2, "y": 2}
    assert spot_begins({"x", "elsewhere"}, table, 9) == [0, 2, 8]
    assert spot_begins({"x"}, table, 2) == [0]
