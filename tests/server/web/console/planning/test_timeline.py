"""A day's timeline on the console: in the venue's zone, also on days when its clocks change."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Engine

from media.wire.timeline import Spot
from server.db import transaction
from server.screens.models import Screen
from server.web.console.planning.timeline import Summary
from tests.factories import make_screen, make_venue
from tests.rig.players.handmade_timeline import house_item, lay_timeline
from tests.server.web.conftest import SignIn


def a_screen(engine: Engine, zone: str, now: datetime) -> Screen:
    """It has shown the same picture every ten seconds since the day before."""
    with transaction(engine) as db:
        screen = make_screen(db, venue=make_venue(db, zone=zone))
        lay_timeline(db, screen, {"picture": house_item("picture")}, house=("picture",), at=now - timedelta(days=1))
        return screen


@pytest.mark.parametrize(
    ("zone", "now", "chosen"),
    [
        ("Asia/Shanghai", "2026-03-02T04:30:00", "12:00"),
        ("Asia/Kolkata", "2026-03-02T04:45:00", "10:00"),
        ("Europe/Berlin", "2026-03-29T10:30:00", "12:00"),  # at two the clock went to three
        ("Europe/Berlin", "2026-03-29T21:30:00", "23:00"),
        ("Europe/Berlin", "2026-10-25T11:30:00", "12:00"),  # at three the clock went back to two
        ("Europe/Berlin", "2026-10-25T22:30:00", "23:00"),
        ("America/New_York", "2028-02-29T17:30:00", "12:00"),
    ],
)
def test_the_hour_that_passes_now_is_shown(engine: Engine, sign_in: SignIn, zone: str, now: str, chosen: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    screen = a_screen(engine, zone, at)
    with time_machine.travel(at, tick=False):
        page = sign_in().get(f"/console/screens/{screen.id}/timeline").text
    assert re.findall(r'open>\s*<summary aria-current="time"><span class="hour-time">([^<]+)', page) == [chosen]
    assert page.count('class="now" aria-current="true"') == 1


@pytest.mark.parametrize(
    ("zone", "on", "hours", "last"),
    [
        ("Europe/Berlin", "2026-03-29", 23, "23:00"),
        ("Europe/Berlin", "2026-10-25", 25, "23:00"),
        ("Australia/Lord_Howe", "2026-04-05", 25, "23:30"),  # half an hour came twice, so hours begin at :30 after it
        ("Asia/Kathmandu", "2028-02-29", 24, "23:00"),
    ],
)
def test_a_day_is_offered_with_all_its_hours(
    engine: Engine, sign_in: SignIn, zone: str, on: str, hours: int, last: str
) -> None:
    at = datetime.fromisoformat(on).replace(tzinfo=UTC, hour=6)
    screen = a_screen(engine, zone, at)
    with time_machine.travel(at, tick=False):
        page = sign_in().get(f"/console/screens/{screen.id}/timeline?on={on}").text
    offered = re.findall(r'<span class="hour-time">(\d\d:\d\d)', page)
    assert (len(offered), offered[-1]) == (hours, last)


def test_an_hour_unfolds_to_its_own_spots(engine: Engine, sign_in: SignIn) -> None:
    at = datetime(2026, 3, 2, 6, tzinfo=UTC)
    screen = a_screen(engine, "Asia/Shanghai", at)
    with time_machine.travel(at, tick=False):
        page = sign_in().get(f"/console/screens/{screen.id}/timeline?on=2026-03-02&hour=9").text
    begins = re.findall(r'<td class="text-nowrap">(\d\d:\d\d:\d\d)', page)
    assert (begins[0], begins[-1], len(begins)) == ("09:00:00", "09:59:50", 360)
    assert page.count("toggle from:closest details once") == 23


def test_each_hour_says_what_fills_it() -> None:
    """A spot over the border counts where it begins, and its time in both hours."""
    hour = 3_600_000
    first, second = Summary(0, hour), Summary(hour, 2 * hour)
    spot = Spot(starts_ms=hour - 10_000, ends_ms=hour + 5_000, item="film", kind="spot")
    for summary in (first, second):
        summary.add("film", spot)
    assert (first.counts["film"], first.shown_ms["film"]) == (1, 10_000)
    assert (second.counts["film"], second.shown_ms["film"]) == (0, 5_000)
    assert second.shares == [("film", 5_000 / hour)]
