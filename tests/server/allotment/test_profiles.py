"""A venue's day as the planner's profile."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from media.integers import ceil_div
from server.allotment.profiles import profile_of
from server.screens.models import Venue
from tests.server.timelines.world import NOON

TODAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 7)
DAY_SLOTS = 24 * 720


def a_venue(**more: Any) -> Venue:
    return Venue(**{"name": "Harbour Tower", "zone": "UTC", "created_at": NOON, **more})


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Berlin", "America/St_Johns"])
@pytest.mark.parametrize("on", [date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 25), date(2026, 11, 1)])
@pytest.mark.parametrize("slot_ms", [5_000, 7_000])
def test_multipliers_cover_every_day_by_its_clock(zone: str, on: date, slot_ms: int) -> None:
    multipliers = (tuple(float(hour + 2) for hour in range(24)),)
    profile = profile_of(a_venue(zone=zone), on, slot_ms, multipliers=multipliers)
    assert profile is not None
    spans = [span for span, _ in profile.impressions]
    assert (spans[0][0], spans[-1][1]) == (0, profile.day.slots(slot_ms))
    assert all(before[1] == after[0] for before, after in pairwise(spans))
    multipliers = [milli for _, milli in profile.impressions]
    assert set(multipliers) <= {1000 * (hour + 2) for hour in range(24)}
    assert multipliers == sorted(multipliers)


def test_a_week_of_multipliers_is_read_by_the_weekday() -> None:
    week = (tuple(float(weekday + 2) for weekday in range(7) for _ in range(24)),)
    [(span, milli)] = profile_of(a_venue(), SATURDAY, 5_000, multipliers=week).impressions  # type: ignore[union-attr]
    assert (span, milli) == ((0, DAY_SLOTS), 7000)


def test_a_bank_counts_the_mean_of_its_screens() -> None:
    [(_, milli)] = profile_of(a_venue(), TODAY, 5_000, multipliers=((), (4.0,), (2.5,))).impressions  # type: ignore[union-attr]
    assert milli == 2500


def test_a_slot_that_an_advert_free_hour_touches_is_free_of_adverts() -> None:
    venue = a_venue(advert_free={"0": [[60, 120]]})
    profile = profile_of(venue, TODAY, 7_000)
    assert profile is not None
    assert profile.advert_free == ((3_600_000 // 7_000, ceil_div(7_200_000, 7_000)),)


def test_a_rule_about_a_category_that_is_not_sold_does_not_change_the_profile() -> None:
    venue = a_venue(barred=[{"category": "Alcohol", "hours": {}}])
    assert profile_of(venue, TODAY, 5_000, categories={"tea"}).barred == ()  # type: ignore[union-attr]
    assert profile_of(venue, TODAY, 5_000, categories={"alcohol"}).barred == (("alcohol", ((0, DAY_SLOTS),)),)  # type: ignore[union-attr]
