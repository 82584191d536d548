from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from server.db import new_id
from server.plays.models import DeliveredDay
from server.plays.up_time import LEAST, up_time, up_times
from server.screens.models import Screen
from server.timelines.models import PlannedDay
from tests.factories import NOON, make_player, make_screen, make_venue, saved

TODAY = date(2026, 3, 2)


def count(db: Session, screen: Screen, *, planned: int = 0, played: int = 0, days_ago: int = 1) -> None:
    on = TODAY - timedelta(days=days_ago)
    facts: dict[str, Any] = {"screen_id": screen.id, "on": on, "campaign_id": new_id()}
    saved(db, PlannedDay(**facts, creative_id=new_id(), booked=planned, planned=planned))
    saved(db, DeliveredDay(**facts, item=new_id(), plays=played))


@pytest.mark.parametrize(
    ("planned", "played", "share"), [(0, 0, 1.0), (0, 5, 1.0), (100, 80, 0.8), (100, 130, 1.0), (100, 0, LEAST)]
)
def test_an_up_time_is_what_was_played_of_what_was_planned_within_bounds(
    planned: int, played: int, share: float
) -> None:
    assert up_time(planned, played) == share


def test_a_screens_up_time_is_that_of_its_last_two_weeks(db: Session) -> None:
    screen, sure, new = (make_screen(db, name=name) for name in ("weak", "sure", "new"))
    count(db, screen, planned=100, played=90)
    count(db, screen, planned=100, played=60, days_ago=14)
    count(db, screen, planned=100, played=0, days_ago=15)
    count(db, screen, planned=100, played=0, days_ago=0)
    count(db, sure, planned=100, played=100)
    count(db, new, planned=100, played=0, days_ago=0)
    assert up_times(db, now=NOON) == {screen.id: 0.75}


def test_today_is_the_venues_not_utcs(db: Session) -> None:
    """At 20:00 UTC it is tomorrow in Shanghai: what was played of the second of March is all there."""
    screen = make_screen(db, venue=make_venue(db, zone="Asia/Shanghai"))
    count(db, screen, planned=100, played=70, days_ago=0)
    evening = datetime.fromisoformat("2026-03-02T20:00:00+00:00")
    assert up_times(db, now=evening) == {screen.id: 0.7}
    assert up_times(db, now=NOON) == {}


def test_of_a_box_that_is_silent_nothing_is_known_for_some_days(db: Session) -> None:
    silent, gone, here = (make_screen(db) for _ in range(3))
    for screen, ago in ((silent, timedelta(days=2)), (gone, timedelta(days=4)), (here, timedelta(0))):
        make_player(db, screen=screen, seen_at=NOON - ago)
        count(db, screen, planned=100, played=0, days_ago=5)
    assert up_times(db, now=NOON) == {gone.id: LEAST, here.id: LEAST}


def test_a_venue_in_a_zone_that_nobody_knows_stops_no_other(db: Session) -> None:
    make_screen(db, venue=make_venue(db, zone="Mars/Olympus"))
    screen = make_screen(db)
    count(db, screen, planned=100, played=70)
    assert up_times(db, now=NOON) == {screen.id: 0.7}


def test_a_retired_screen_has_none(db: Session) -> None:
    count(db, make_screen(db, retired_at=NOON), planned=100, played=70)
    assert up_times(db, now=NOON) == {}
