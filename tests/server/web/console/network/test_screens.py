"""Screens in the console: added, changed, listed, moved and retired."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import Engine

from server.db import transaction, utc_now
from server.screens.models import Screen, Venue
from tests.factories import make_campaign, make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn, rows

SCREEN = {"name": "Car 1", "kind": "car", "width": "1920", "height": "1080", "strip": "true"}


def test_the_impressions_of_a_play_are_set_for_each_screen(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    client, page = sign_in(), f"/console/screens/{screen.id}/edit"
    hours = ", ".join(str(hour / 4) for hour in range(24))
    sourced = {"multipliers": hours, "multiplier_source": "1", "multiplier_vendor": "example.org"}
    assert client.post(page, data=SCREEN | sourced).status_code == 302
    changed = rows(engine, Screen)[0]
    assert changed.multipliers == [hour / 4 for hour in range(24)]
    assert (changed.multiplier_source, changed.multiplier_vendor) == (1, "example.org")
    assert ">0, 0.25, 0.5," in client.get(page).text
    for wrong, why in (
        ({"multipliers": "1, 2"}, "Give one number, 24 for the hours of a day"),
        ({"multipliers": "many"}, "Write numbers with a point"),
        ({"multiplier_source": "1", "multiplier_vendor": ""}, "Name the vendor, or choose another source."),
    ):
        refused = client.post(page, data=SCREEN | sourced | wrong)
        assert refused.status_code == 422
        assert why in refused.text
    client.post(page, data=SCREEN)
    assert (rows(engine, Screen)[0].multipliers, rows(engine, Screen)[0].multiplier_source) == ([], 0)


def test_a_screen_is_added_to_its_venue(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        venue = make_venue(db)
    answer = sign_in().post("/console/screens/new", data={**SCREEN, "venue_id": venue.id, "tags": "North, tower-a"})
    screen = rows(engine, Screen)[0]
    assert answer.location == f"/console/screens/{screen.id}"
    assert (screen.tags, screen.strip, screen.sound) == (["north", "tower-a"], True, False)


def test_a_changed_screen_loses_an_unticked_box(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db, sound=True)
    sign_in().post(f"/console/screens/{screen.id}/edit", data={**SCREEN, "name": "Car 9"})
    changed = rows(engine, Screen)[0]
    assert (changed.name, changed.sound) == ("Car 9", False)


def test_the_list_of_screens_says_why_one_is_offline(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_screen(db)
    assert "No player is enrolled." in sign_in().get("/console/screens").text


@pytest.mark.parametrize("kind", ["screens", "venues"])
def test_retiring_says_what_is_booked_and_is_undone(sign_in: SignIn, engine: Engine, kind: str) -> None:
    with transaction(engine) as db:
        screen = make_screen(db, name="Lift 2")
        make_campaign(db, name="Of the screen", screens=[screen], ends_on=date(2999, 1, 1))
        make_campaign(db, name="Of another", screens=[make_screen(db, name="Far")], ends_on=date(2999, 1, 1))
    client, page = sign_in(), f"/console/{kind}/{screen.id if kind == 'screens' else screen.venue_id}"
    said = client.get(page).text
    assert "Of the screen" in said
    assert "Of another" not in said
    shown = client.post(f"{page}/retire", follow_redirects=True).text
    assert f'action="{page}/reinstate"' in shown
    assert "Use it again" in client.get(page).text
    assert client.post(f"{page}/reinstate").location == page
    assert [row.retired_at for row in rows(engine, Screen)] == [None, None]


def test_the_list_of_screens_is_looked_at_as_tiles_or_as_a_table(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        make_screen(db, venue=db.get_one(Venue, screen.venue_id), name="Lift 2")
        make_player(db, screen=screen, seen_at=utc_now(), picture_at=utc_now() - timedelta(minutes=5, seconds=1))
    client = sign_in()
    tiles = client.get("/console/screens").text
    assert 'class="tiles"' in tiles
    assert "1 screen never had a player." in tiles
    assert "Lift 2" not in tiles
    assert "5 min ago</time>" in tiles
    assert "<table>" in client.get("/console/screens?view=table").text
    assert "<table>" in client.get("/console/screens").text
    assert "Lift 2" in client.get("/console/screens?search=lift+2").text
    assert "Nothing found for “moon”." in client.get("/console/screens?search=moon").text
