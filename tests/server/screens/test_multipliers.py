from __future__ import annotations

import pytest

from server.screens.multipliers import BadMultipliers, BadMultiplierSource, VendorMissing, milli_at
from server.screens.texts import BadText
from server.screens.venues import (
    add_screen,
    change_screen,
)
from tests.factories import NOON, make_screen, make_venue


@pytest.mark.parametrize("given", [[], [2.5], list(range(24)), [0.1234] * 168])
def test_a_screen_keeps_its_multipliers(db, given):
    screen = add_screen(db, venue_id=make_venue(db).id, name="Car 1", multipliers=given, now=NOON)
    assert screen.multipliers == [round(multiplier, 3) for multiplier in given]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"multipliers": [1, 2]}, BadMultipliers),
        ({"multipliers": [-1]}, BadMultipliers),
        ({"multipliers": [1001]}, BadMultipliers),
        ({"multipliers": [True]}, BadMultipliers),
        ({"multipliers": [float("nan")]}, BadMultipliers),
        ({"multipliers": [0] * 24}, BadMultipliers),
        ({"multipliers": "2.5"}, BadMultipliers),
        ({"multipliers": 2.5}, BadMultipliers),
        ({"multiplier_source": 4}, BadMultiplierSource),
        ({"multiplier_source": 1}, VendorMissing),
        ({"multiplier_source": 1, "multiplier_vendor": " "}, VendorMissing),
        ({"multiplier_vendor": "x" * 81}, BadText),
    ],
)
def test_multipliers_that_make_no_sense_are_refused(db, wrong, error):
    screen = make_screen(db)
    with pytest.raises(error) as refused:
        change_screen(db, screen.id, **wrong, now=NOON)
    assert refused.value.remedy
    with pytest.raises(error):
        add_screen(db, venue_id=screen.venue_id, name="Car 2", **wrong, now=NOON)


def test_a_vendors_multipliers_need_their_vendor(db):
    screen = make_screen(db)
    change_screen(db, screen.id, multiplier_source=1, multiplier_vendor="example.org", now=NOON)
    with pytest.raises(VendorMissing):
        change_screen(db, screen.id, multiplier_vendor="", now=NOON)
    assert screen.multiplier_vendor == "example.org"


def test_a_multiplier_is_that_of_the_hour_and_the_weekday():
    week = [weekday + hour / 100 for weekday in range(7) for hour in range(24)]
    assert milli_at([], 6, 23) == 1000
    assert milli_at([2.5], 6, 23) == 2500
    assert milli_at([hour / 10 for hour in range(24)], 6, 23) == 2300
    assert milli_at(week, 6, 23) == 6230
