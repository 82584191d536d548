"""Open or closed, by a venue's own clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from server.screens.models import Venue
from server.screens.opening import Opening, opening_of

WEEK = {str(day): [[420, 1320]] for day in range(7)}  # 07:00-22:00


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def venue(hours: dict[str, Any], zone: str = "Asia/Shanghai") -> Venue:
    return Venue(name="Harbour Tower", zone=zone, hours=hours, created_at=at("2026-01-01T00:00+00:00"))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-03-02T06:59+08:00", "2026-03-02T07:00+08:00"),
        ("2026-03-02T22:00+08:00", "2026-03-03T07:00+08:00"),
        ("2026-03-02T23:30+08:00", "2026-03-03T07:00+08:00"),
    ],
)
def test_a_closed_venue_says_until_when(now: str, until: str) -> None:
    assert opening_of(venue(WEEK), at(now)) == Opening(since=None, closed_until=at(until))


def test_an_open_venue_says_since_when() -> None:
    assert opening_of(venue(WEEK), at("2026-03-02T21:59+08:00")) == Opening(since=at("2026-03-02T07:00+08:00"))


def test_a_closed_weekend_ends_on_monday() -> None:
    weekdays = {str(day): [[480, 1080]] if day < 5 else [] for day in range(7)}
    saturday = at("2026-03-07T12:00+08:00")
    assert opening_of(venue(weekdays), saturday).closed_until == at("2026-03-09T08:00+08:00")


def test_one_hour_a_week_that_is_just_over_returns_in_a_week() -> None:
    monday = {"0": [[480, 540]]} | {str(day): [] for day in range(1, 7)}
    assert opening_of(venue(monday), at("2026-03-02T09:00+08:00")).closed_until == at("2026-03-09T08:00+08:00")


def test_without_hours_a_venue_is_always_open() -> None:
    opening = opening_of(venue({}), at("2026-03-02T03:00+08:00"))
    assert opening.closed_until is None
    assert opening.since is not None


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../secret"])
def test_a_venue_of_an_unknown_zone_is_neither_open_nor_closed(zone: str) -> None:
    assert opening_of(venue(WEEK, zone), at("2026-03-02T12:00+08:00")) == Opening(since=None)


def test_the_clock_change_moves_the_opening() -> None:
    spring = opening_of(venue(WEEK, "Europe/Berlin"), at("2026-03-28T23:00+01:00"))
    assert spring.closed_until == at("2026-03-29T07:00+02:00")
