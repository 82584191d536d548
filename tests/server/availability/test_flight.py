"""The capacity that is free for a flight, from bookings and holds in the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from server.availability.flight import FlightTooLong
from server.availability.server import AvailabilityService
from tests.server.availability.conftest import MONDAY, NOW, PLAYS_A_DAY, Query, book


def test_all_time_but_the_venue_s_own_part_is_free(query: Query) -> None:
    answer = query(goal=5000)
    assert (answer.screens, answer.free, answer.fits, answer.exact) == (1, PLAYS_A_DAY, False, True)
    assert (answer.nearest, answer.nearest_end) == (PLAYS_A_DAY, date(2026, 3, 3))
    assert query(goal=PLAYS_A_DAY).fits


def test_no_later_day_is_allotted_for_an_impossible_goal(query: Query, service: AvailabilityService) -> None:
    answer = query(goal=10**9)
    assert (answer.free, answer.nearest, answer.nearest_end) == (PLAYS_A_DAY, PLAYS_A_DAY, None)
    assert service.snapshots.newest is not None
    assert list(service.snapshots.newest.days) == [MONDAY]


def test_booked_plays_are_not_free_and_preemptible_ones_are(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal=1000)
    book(engine, ids, goal=500, preemptible=True)
    assert query(goal=5000).free == PLAYS_A_DAY - 1000
    assert query(goal=5000, preemptible=True).fits


def test_a_share_is_limited_by_the_day_with_the_least(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal_kind="share", goal=60, starts_on=date(2026, 3, 4), ends_on=date(2026, 3, 4))
    answer = query(goal_kind="share", goal=50, ends_on=date(2026, 3, 6))
    assert (answer.fits, answer.nearest, answer.tight_on) == (False, 30, date(2026, 3, 4))
    assert query(goal_kind="share", goal=30, ends_on=date(2026, 3, 6)).fits
    assert not query(goal_kind="takeover", goal=1, ends_on=date(2026, 3, 6)).fits
    assert query(goal_kind="takeover", goal=1, ends_on=date(2026, 3, 3)).fits


def test_plays_a_day_are_counted_for_each_screen(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    book(engine, ids, goal=3000)
    answer = query(goal_kind="plays_per_day", goal=300)
    assert (answer.fits, answer.nearest, answer.exact) == (False, 240, True)


def test_days_beyond_the_window_count_the_bookings_of_those_days(
    query: Query, engine: Engine, ids: dict[str, str]
) -> None:
    far = MONDAY + timedelta(days=70)
    book(engine, ids, goal_kind="share", goal=50, starts_on=far, ends_on=far + timedelta(days=1))
    answer = query(goal=20_000, starts_on=far, ends_on=far + timedelta(days=2))
    assert answer.free == PLAYS_A_DAY * 3 - 2 * 1800
    assert query(goal=20_000, ends_on=MONDAY).free == PLAYS_A_DAY


def test_a_changed_campaign_s_own_plays_count_as_free(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    campaign = book(engine, ids, goal=3000)
    assert query(goal=3200, instead_of=campaign).fits
    assert not query(goal=3200).fits


def test_only_the_rest_of_today_is_free_today(query: Query) -> None:
    assert query(goal=5000, now=NOW + timedelta(hours=13)).free == PLAYS_A_DAY // 2


def test_a_share_may_have_no_end_in_sight(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    """Far days are looked at only where something changes."""
    far = date(2031, 5, 7)
    book(engine, ids, goal_kind="share", goal=60, starts_on=far, ends_on=far + timedelta(days=1))
    answer = query(goal_kind="share", goal=50, ends_on=date(9999, 12, 31))
    assert (answer.fits, answer.nearest, answer.tight_on) == (False, 30, far)
    assert query(goal_kind="share", goal=50, starts_on=far + timedelta(days=2), ends_on=date(9999, 12, 31)).fits
    with pytest.raises(FlightTooLong):
        query(ends_on=date(9999, 12, 31))


def test_a_flight_may_be_a_year(query: Query, engine: Engine, ids: dict[str, str]) -> None:
    answer = query(goal=365 * PLAYS_A_DAY, ends_on=MONDAY + timedelta(days=364))
    assert answer.fits
    assert not query(goal=366 * PLAYS_A_DAY, ends_on=MONDAY + timedelta(days=364)).fits
