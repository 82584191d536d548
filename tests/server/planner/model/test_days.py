from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.planner.model.days import (
    ALWAYS,
    EPOCH,
    WeeklySpan,
    date_at,
    days_from,
    intersect,
    local_day,
    merge,
    ranges_within,
    weekly_spans,
)

HOUR_MS = 3_600_000
SLOT_MS = 5_000
ZONES = (
    "UTC",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "Pacific/Apia",
    "Pacific/Chatham",
    "Europe/Berlin",
)
zones = st.sampled_from(ZONES)
dates = st.dates(date(2000, 1, 1), date(2037, 12, 28))
spans = st.builds(
    lambda weekday, a, b: WeeklySpan(weekday, min(a, b), max(a, b) + 1),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(0, 1439),
)


def hours_of(zone: str, on: date) -> float:
    day = local_day(zone, on)
    assert day is not None
    return (day.ends_ms - day.starts_ms) / HOUR_MS


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("America/Santiago", date(2026, 4, 4), 25),
        ("Africa/Cairo", date(2026, 4, 24), 23),
        ("Asia/Beirut", date(2026, 10, 24), 25),
        ("Asia/Kolkata", date(2028, 2, 29), 24),
    ],
)
def test_a_day_is_as_long_as_its_clock_changes_make_it(zone: str, on: date, hours: float) -> None:
    assert hours_of(zone, on) == hours


def test_a_day_without_midnight_begins_where_the_clock_goes_on() -> None:
    day = local_day("Africa/Cairo", date(2026, 4, 24))
    assert day is not None
    begins = (EPOCH + timedelta(milliseconds=day.starts_ms)).astimezone(ZoneInfo("Africa/Cairo"))
    assert (begins.hour, begins.minute) == (1, 0)


def test_a_date_that_a_zone_left_out_is_skipped() -> None:
    assert local_day("Pacific/Apia", date(2011, 12, 30)) is None
    days = days_from("Pacific/Apia", date(2011, 12, 29), 2)
    assert [day.on.day for day in days] == [29, 31]
    assert days[0].ends_ms == days[1].starts_ms


def test_the_29th_of_february_is_a_day_like_any_other() -> None:
    days = days_from("Asia/Kolkata", date(2028, 2, 28), 3)
    assert [day.on for day in days] == [date(2028, 2, 28), date(2028, 2, 29), date(2028, 3, 1)]


def test_in_the_missing_hour_nothing_plays_and_in_the_doubled_hour_both_do() -> None:
    two_to_three = [WeeklySpan(6, 120, 180)]
    spring, autumn = (local_day("Europe/Berlin", on) for on in (date(2026, 3, 29), date(2026, 10, 25)))
    assert spring is not None
    assert autumn is not None
    assert ranges_within(spring, two_to_three, SLOT_MS) == ()
    assert ranges_within(autumn, two_to_three, SLOT_MS) == ((1440, 2880),)


def test_hours_after_a_clock_change_keep_to_the_wall_clock() -> None:
    day = local_day("Europe/Berlin", date(2026, 3, 29))
    assert day is not None
    [(first, _)] = ranges_within(day, [WeeklySpan(6, 8 * 60, 9 * 60)], SLOT_MS)
    assert first == 7 * 720


def test_an_hour_that_comes_back_belongs_to_its_own_weekday() -> None:
    # On 29 October 2006 St. John's put its clock back from 00:01 to 23:01 of the day before, a Saturday.
    day = local_day("America/St_Johns", date(2006, 10, 29))
    assert day is not None
    assert ranges_within(day, [WeeklySpan(5, 0, 1440)], SLOT_MS) == ((12, 720),)


def test_a_slot_that_is_only_partly_inside_a_daypart_is_not_in_it() -> None:
    day = local_day("UTC", date(2026, 3, 2))
    assert day is not None
    assert ranges_within(day, [WeeklySpan(0, 1, 2)], 7000) == ((9, 17),)


def test_the_last_slot_of_a_day_may_be_short() -> None:
    day = local_day("UTC", date(2026, 3, 2))
    assert day is not None
    assert (day.slots(7000), day.whole_slots(7000)) == (12343, 12342)
    assert ranges_within(day, ALWAYS, 7000) == ((0, 12343),)


def test_hours_that_touch_are_one_range() -> None:
    day = local_day("UTC", date(2026, 3, 2))
    assert day is not None
    assert ranges_within(day, [WeeklySpan(0, 60, 120), WeeklySpan(0, 0, 60)], SLOT_MS) == ((0, 1440),)
    assert merge([(0, 2), (1, 3), (3, 4), (6, 7)]) == [(0, 4), (6, 7)]
    assert intersect([(0, 4), (6, 9)], [(3, 7)]) == ((3, 4), (6, 7))


def test_a_venue_without_hours_is_always_open() -> None:
    assert weekly_spans({}) == ALWAYS
    assert weekly_spans({"2": [[480, 600]], "0": []}) == (WeeklySpan(2, 480, 600),)


@given(zones, dates, st.integers(1, 400))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_days_tile(zone: str, first: date, count: int) -> None:
    days = days_from(zone, first, min(count, 9))
    for before, after in itertools.pairwise(days):
        assert before.ends_ms == after.starts_ms
    for day in days:
        assert [piece.starts_ms for piece in day.pieces[1:]] == [piece.ends_ms for piece in day.pieces[:-1]]
        assert (day.pieces[0].starts_ms, day.pieces[-1].ends_ms) == (day.starts_ms, day.ends_ms)


@given(zones, st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_every_instant_belongs_to_exactly_one_day(zone: str, at: datetime) -> None:
    at_ms = (at.replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)
    day = local_day(zone, date_at(zone, at_ms))
    assert day is not None
    assert day.starts_ms <= at_ms < day.ends_ms


@given(zones, dates, st.lists(spans, max_size=5), st.sampled_from([1000, 5000, 7000, 60000]))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_no_slot_lies_outside_its_hours_and_none_inside_is_forgotten(
    zone: str, on: date, weekly: list[WeeklySpan], slot_ms: int
) -> None:
    [day] = days_from(zone, on, 1)
    inside = {slot for first, end in ranges_within(day, weekly, slot_ms) for slot in range(first, end)}
    for slot in range(0, day.whole_slots(slot_ms), 97):
        starts = day.starts_ms + slot * slot_ms
        seconds = range(starts, starts + slot_ms, 1000)
        assert (slot in inside) == all(_is_within(zone, ms, weekly) for ms in seconds)


def _is_within(zone: str, at_ms: int, weekly: list[WeeklySpan]) -> bool:
    wall = (EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone))
    minute = wall.hour * 60 + wall.minute
    return any(span.weekday == wall.weekday() and span.from_min <= minute < span.until_min for span in weekly)
