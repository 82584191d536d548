"""A day's timeline on the console: in the venue's zone, whatever its clocks do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Engine

from server.db import transaction
from server.screens.models import Screen
from tests.factories import make_screen, make_venue
from tests.rig.laid import house_item, lay_timeline
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
    assert re.findall(r"<option[^>]* selected>([^<]+)", page) == [chosen]
    assert page.count('aria-current="true"') == 1


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
    offered = re.findall(r'<option value="\d+"[^>]*>(\d\d:\d\d)', page)
    assert (len(offered), offered[-1]) == (hours, last)
