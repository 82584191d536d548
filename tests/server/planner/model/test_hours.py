"""In which hours of a Monday an order may play, and how many spots it is promised; a slot is an hour."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from server.planner.model.days import ALWAYS, Range
from server.planner.model.hours import barred_hours, fitting_hours, hours_of, promised_spots, unseen_hours
from tests.server.planner.small_networks import DAY, HOUR_MS, hours, order, profile

VENUE = profile(
    6, 22,
    advert_free=((12, 13),),
    barred=(("drinks", ((8, 10),)), ("drinks", ((20, 22),)), ("cars", ((6, 22),))),
    impressions=(((6, 7), 0), ((7, 9), 500), ((21, 22), 0)),
)  # fmt: skip


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, ((6, 12), (13, 22))),
        ({"dayparts": hours(0, 8)}, ((6, 8),)),
        ({"category": "drinks"}, ((6, 8), (10, 12), (13, 20))),
        ({"category": "cars"}, ()),
        ({"impressions": True}, ((7, 12), (13, 21))),
    ],
)
def test_hours_are_those_that_no_rule_of_the_venue_takes(more: dict[str, Any], expected: tuple[Range, ...]) -> None:
    assert hours_of(order("a", **more), VENUE, HOUR_MS).all_day == expected


@pytest.mark.parametrize(
    ("since_ms", "owed"), [(0, ((6, 22),)), (10 * HOUR_MS, ((10, 22),)), (10 * HOUR_MS + 1, ((11, 22),))]
)
def test_nothing_is_owed_for_the_time_before_it_was_booked(since_ms: int, owed: tuple[Range, ...]) -> None:
    booked = order("a", since_ms=DAY.starts_ms + since_ms)
    assert hours_of(booked, profile(6, 22), HOUR_MS) == (((6, 22),), owed)


def test_an_order_fits_where_its_longest_spot_does() -> None:
    assert fitting_hours(order("a", longest=7), VENUE, HOUR_MS) == ((13, 22),)


def test_the_venues_rules_are_found_by_category_and_by_viewers() -> None:
    assert barred_hours(VENUE, "drinks") == ((8, 10), (20, 22))
    assert barred_hours(VENUE, "") == ()
    assert unseen_hours(VENUE) == ((6, 7), (21, 22))


@pytest.mark.parametrize(
    ("more", "spots"),
    [
        ({"share": Fraction(1, 4)}, 4),  # of 16 hours
        ({"share": Fraction(1, 4), "slots": Fraction(3)}, 1),  # 1⅓
        ({"share": Fraction(1, 4), "slots": Fraction(8, 3)}, 2),  # 1½
        ({"share": Fraction(1, 4), "since_ms": DAY.starts_ms + 14 * HOUR_MS}, 2),  # of the 8 hours that are left
        ({"each": Fraction(9)}, 9),
        ({"each": Fraction(9), "since_ms": DAY.starts_ms + 14 * HOUR_MS}, 5),  # half of them, 4½
        ({"each": Fraction(9), "dayparts": hours(0, 6)}, 9),  # promised, though the screen is off then
    ],
)
def test_a_promise_is_that_part_of_the_hours_rounded_to_the_nearest(more: dict[str, Any], spots: int) -> None:
    assert promised_spots(order("a", **{"dayparts": ALWAYS, **more}), profile(6, 22), HOUR_MS) == spots
