"""Venues are planned anew when the planned days of one of their screens run out, or when a screen has none."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from server.screens.models import Screen
from server.timelines.expiring import venues_expiring
from server.timelines.models import PublishedTimeline
from tests.factories import NOON, make_screen, make_venue, saved

DAYS = 14
HORIZON = NOON + timedelta(days=DAYS)


def publish(db: Session, screen: Screen, *, ends_at: datetime, version: int = 1) -> None:
    given = {"manifest": {}, "etag": "e", "basis": {}, "published_at": NOON}
    saved(db, PublishedTimeline(screen_id=screen.id, version=version, ends_at=ends_at, **given))


def expiring(db: Session) -> list[str]:
    return venues_expiring(db, now=NOON, days_ahead=DAYS)


def test_a_version_may_end_an_hour_early_because_clocks_change(db: Session) -> None:
    enough, short = make_screen(db), make_screen(db)
    publish(db, enough, ends_at=HORIZON - timedelta(hours=1))
    publish(db, short, ends_at=HORIZON - timedelta(hours=1, milliseconds=1))
    assert expiring(db) == [short.venue_id]


def test_one_screen_that_runs_out_is_enough_and_names_its_venue_once(db: Session) -> None:
    venue = make_venue(db)
    screens = [make_screen(db, venue=venue, name=name) for name in ("Left", "Middle", "Right")]
    publish(db, screens[0], ends_at=HORIZON)
    for screen in screens[1:]:
        publish(db, screen, ends_at=NOON)
    assert expiring(db) == [venue.id]


def test_the_version_that_reaches_farthest_counts(db: Session) -> None:
    screen = make_screen(db)
    publish(db, screen, ends_at=HORIZON, version=1)
    publish(db, screen, ends_at=NOON, version=2)
    assert expiring(db) == []


def test_a_screen_without_any_version_is_planned_unless_it_is_retired(db: Session) -> None:
    new = make_screen(db)
    make_screen(db, retired_at=NOON)
    make_screen(db, venue=make_venue(db, retired_at=NOON))
    make_venue(db, name="Without screens")
    assert expiring(db) == [new.venue_id]
