"""A dark screen: every page says that its venue is closed, and none that all is well when it is open.

Covers: server.screens.health, server.screens.opening, server.web.stages
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction, utc_now
from server.screens.models import Screen
from server.timelines.interrupts import raise_interrupt
from tests.factories import make_creative, make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn

WEEK = {str(day): [[420, 1320]] for day in range(7)}  # 07:00-22:00
NIGHT = datetime(2026, 3, 1, 18, 0, tzinfo=UTC)  # 02:00 on Monday in Shanghai
DAY = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon there
STATUS: dict[str, Any] = {"clock_trusted": True, "override": None, "faults": [], "showing": None}


def a_screen(engine: Engine, **status: Any) -> Screen:
    """In a building that is open from seven to ten, with a player that was heard of just now."""
    with transaction(engine) as db:
        venue = make_venue(db, zone="Asia/Shanghai", hours=WEEK)
        screen = make_screen(db, venue=venue)
        make_player(db, screen=screen, seen_at=utc_now(), held_version=1, status=STATUS | status)
        return screen


@pytest.fixture
def at_night() -> Iterator[None]:
    with time_machine.travel(NIGHT, tick=False):
        yield


@pytest.fixture
def at_noon() -> Iterator[None]:
    with time_machine.travel(DAY, tick=False):
        yield


@pytest.mark.usefixtures("at_night")
def test_every_page_of_a_closed_screen_says_until_when(sign_in: SignIn, engine: Engine) -> None:
    screen = a_screen(engine)
    client = sign_in()
    for page in (
        "/console/screens",
        "/console/screens?view=table",
        f"/console/screens/{screen.id}",
        f"/console/screens/{screen.id}/timeline",
        f"/console/venues/{screen.venue_id}",
    ):
        assert "Closed until 07:00 Shanghai" in client.get(page).text, page


@pytest.mark.usefixtures("at_noon")
def test_no_page_of_an_open_screen_says_that_it_is_closed(sign_in: SignIn, engine: Engine) -> None:
    screen = a_screen(engine, showing="item")
    client = sign_in()
    for page in ("/console/screens", f"/console/screens/{screen.id}", f"/console/venues/{screen.venue_id}"):
        assert "Closed until" not in client.get(page).text, page


@pytest.mark.usefixtures("at_noon")
def test_a_black_screen_is_named_with_its_remedy_on_every_page(sign_in: SignIn, engine: Engine) -> None:
    screen = a_screen(engine)
    client = sign_in()
    for page in ("/console/screens", f"/console/screens/{screen.id}", f"/console/venues/{screen.venue_id}"):
        assert "The screen is black, although the building is open." in client.get(page).text, page
    assert "Restart the display." in client.get(f"/console/screens/{screen.id}").text


@pytest.mark.usefixtures("at_night")
def test_the_overview_of_a_closed_building_says_so_and_that_all_is_well(sign_in: SignIn, engine: Engine) -> None:
    """Who may not edit sees the overview from the first day on."""
    a_screen(engine)
    page = sign_in(Role.VIEWER).get("/console/").text
    assert "All is well." in page
    assert "Closed until 07:00 Shanghai" in page


@pytest.mark.usefixtures("at_noon")
def test_all_is_well_is_never_shown_for_a_black_screen(sign_in: SignIn, engine: Engine) -> None:
    a_screen(engine)
    page = sign_in(Role.VIEWER).get("/console/").text
    assert "All is well." not in page
    assert "The screen is black, although the building is open." in page
    assert "Restart the display." in page


@pytest.mark.usefixtures("at_noon")
def test_an_emergency_says_since_when_by_the_clock_of_its_place(sign_in: SignIn, engine: Engine) -> None:
    screen = a_screen(engine, showing="item")
    with transaction(engine) as db:
        notice = make_creative(db, kind="notice")
        raise_interrupt(db, creative_id=notice.id, screen_id=screen.id, now=utc_now())
    for client, page in (
        (sign_in(Role.VIEWER), "/console/"),
        (sign_in(), f"/console/screens/{screen.id}"),
        (sign_in(), "/console/emergencies"),
    ):
        assert "2 Mar, 12:00 Shanghai" in client.get(page).text, page
