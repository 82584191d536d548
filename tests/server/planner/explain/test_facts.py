"""Look-ups in the facts about a screen's moment; a slot is an hour, and the moment is half past ten on a Monday."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.planner.explain.facts import (
    Candidate,
    DayFacts,
    Owner,
    ScreenFacts,
    Seen,
    allotment_of,
    begins_of,
    due_slot,
    hours_of,
    next_begin,
    next_hours,
    part_at,
    shown_since,
)
from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import Range, days_from
from server.planner.model.network import Profile
from server.planner.model.problem import Booking
from tests.server.planner.short_days import table_of_text
from tests.server.planner.small_networks import DAY, HOUR_MS, hours
from tests.server.planner.world import MONDAY, booking

[TUESDAY] = days_from("UTC", MONDAY + timedelta(days=1), 1)
ALL_DAY = ((0, 24),)
NOW_MS = DAY.starts_ms + 10 * HOUR_MS + HOUR_MS // 2
# A has spots at 9 (two hours long), 14 and 20, B at 6.
TABLE = table_of_text("......B..Aa...A.....A...", "a-a", "b-a")
ROW = Row.of([Allotted("a", 3, ((0, 12, 1), (12, 24, 2)))])


def facts(*, today: Profile | None = None, row: Row | None = ROW, **more: Any) -> ScreenFacts:
    days = (DayFacts(today or Profile(DAY, ALL_DAY), TABLE, row), DayFacts(Profile(TUESDAY, ALL_DAY), TABLE))
    return ScreenFacts(NOW_MS, HOUR_MS, Seen("spot", "a-a", 0, None), days, **more)


def sold(id_: str = "a", **more: Any) -> Booking:
    return booking(id_, 10, slots=1, **more)


def candidate(id_: str = "a", **more: Any) -> Candidate:
    return Candidate(id_, "booked", "ready", MONDAY, MONDAY, booking=sold(id_, **more))


def test_the_moment_is_in_a_slot_of_the_day_and_a_slot_begins_at_an_instant() -> None:
    assert facts().slot == 10
    assert facts().instant(10) == NOW_MS - HOUR_MS // 2
    assert facts().instant(99) == DAY.ends_ms
    assert facts().instant(0, TUESDAY) == TUESDAY.starts_ms


def test_an_item_without_an_owner_is_the_venues() -> None:
    known = facts(owners={"a-a": Owner("a", "x")})
    assert (known.owner("a-a").booking, known.owner("notice").booking, known.owner(None).booking) == ("a", "", "")
    assert facts().owner("a-a") == Owner("")


def test_a_booking_has_its_allotment_and_a_slot_its_part() -> None:
    found = allotment_of(facts(), "a")
    assert found == ROW[0]
    assert [part_at(found, slot) for slot in (0, 11, 12, 24)] == [(0, 12, 1), (0, 12, 1), (12, 24, 2), None]
    assert (allotment_of(facts(), "b"), allotment_of(facts(row=None), "a"), part_at(None, 0)) == (None, None, None)


@pytest.mark.parametrize(("spot", "due"), [(0, 4), (1, 7), (2, 10)])
def test_a_spot_is_due_when_its_part_of_the_time_is_over(spot: int, due: int) -> None:
    """Three spots in ten slots: after 3⅓, 6⅔ and 10 of them."""
    assert due_slot((0, 10, 3), spot) == due


def test_the_present_item_began_where_its_spot_did() -> None:
    assert shown_since(facts()) == 9
    assert shown_since(ScreenFacts(NOW_MS, HOUR_MS, facts().seen, (DayFacts(Profile(DAY, ALL_DAY)),))) == 10


def test_spots_of_an_item_begin_in_a_range() -> None:
    assert begins_of(TABLE, {"a-a"}, 9, 15) == [9, 14]
    assert begins_of(TABLE, {"a-a", "b-a"}, 0, 99) == [6, 9, 14, 20]
    assert (begins_of(TABLE, {"a-a"}, 9, 9), begins_of(None, {"a-a"}, 0, 9)) == ((), ())


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ((8, 20),)),
        ({"dayparts": hours(6, 9)}, ((8, 9),)),
        ({"since_ms": NOW_MS}, ((11, 20),)),
        ({"goal_kind": "impressions"}, ((12, 20),)),
        ({"starts_on": MONDAY + timedelta(days=1)}, ()),
    ],
)
def test_a_bookings_hours_of_the_day_follow_the_rules(more: dict[str, Any], expected: tuple[Range, ...]) -> None:
    venue = Profile(DAY, ((8, 20),), impressions=(((8, 12), 0),))
    assert hours_of(facts(), DayFacts(venue), sold(**more)) == expected


@pytest.mark.parametrize(
    ("first", "end", "begins_ms"),
    [(12, 14, DAY.starts_ms + 12 * HOUR_MS), (8, 11, None), (8, 10, None)],
)
def test_the_next_hours_begin_after_the_moment(first: int, end: int, begins_ms: int | None) -> None:
    """On Mondays only; the next Monday is not among the days."""
    assert next_hours(facts(), sold(dayparts=hours(first, end))) == begins_ms


def test_the_next_hours_may_be_those_of_the_next_day() -> None:
    assert next_hours(facts(today=Profile(DAY, ())), sold()) == TUESDAY.starts_ms


def test_the_next_spot_begins_after_the_moment_today_or_on_a_later_day() -> None:
    assert next_begin(facts(), candidate()) == DAY.starts_ms + 14 * HOUR_MS
    at_its_begin = replace(facts(), at_ms=DAY.starts_ms + 14 * HOUR_MS)
    assert next_begin(at_its_begin, candidate()) == DAY.starts_ms + 20 * HOUR_MS
    assert next_begin(facts(), candidate("b")) == TUESDAY.starts_ms + 6 * HOUR_MS
    assert next_begin(facts(), candidate("c")) is None


def test_a_candidate_without_a_ready_creative_has_no_item() -> None:
    waiting = Candidate("a", "booked", "processing", MONDAY, MONDAY)
    assert (waiting.items, waiting.last_on) == (set(), MONDAY)
    night = candidate(dayparts=hours(22, 26))
    assert (night.items, night.last_on) == ({"a-a"}, MONDAY + timedelta(days=1))
