"""Venues, screens, their players and emergencies, as operators handle them in the console."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from media.wire import CommandAnswer, EnrolAsk
from server.accounts.models import AuditEntry, Role
from server.db import transaction, utc_now
from server.errors import Conflict
from server.screens.commands import ANSWER_WITHIN, record_answer, tell_player
from server.screens.enrolment import ask_enrolment
from server.screens.models import CommandKind, Player, PlayerCommand, Screen, Venue
from server.timelines.models import RaisedInterrupt
from server.timelines.troubles import venue_unplanned
from tests.factories import make_creative, make_player, make_screen, make_venue
from tests.server.web.conftest import SignIn

VENUE = {"name": "Harbour Tower", "zone": "Asia/Shanghai", "venue_type": "70101", "reserved_percent": "10"}
SCREEN = {"name": "Car 1", "kind": "car", "width": "1920", "height": "1080", "strip": "true"}


def rows(engine: Engine, table: type[Any]) -> list[Any]:
    with transaction(engine) as db:
        return list(db.exec(select(table)))


def test_a_venue_is_added_with_its_hours(sign_in: SignIn, engine: Engine) -> None:
    answer = sign_in().post("/console/venues/new", data={**VENUE, "hours_0": "08:00-12:00, 13:30-20:00"})
    venue = rows(engine, Venue)[0]
    assert answer.location == f"/console/venues/{venue.id}"
    assert (venue.hours["0"], venue.hours["6"]) == ([[480, 720], [810, 1200]], [])
    assert [entry.action for entry in rows(engine, AuditEntry)] == ["venue added"]


def test_a_venue_without_hours_is_always_open(sign_in: SignIn, engine: Engine) -> None:
    sign_in().post("/console/venues/new", data=VENUE)
    assert rows(engine, Venue)[0].hours == {}


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": ""}, "Fill this in."),
        ({"zone": "Mars/Olympus"}, "Choose a time zone of the list"),
        ({"hours_3": "8 to 10"}, "Write hours like"),
        ({"hours_3": "22:00-06:00"}, "Write hours like"),
        ({"reserved_percent": "120"}, "Choose 100 or less."),
    ],
)
def test_a_wrong_venue_is_told_why_and_keeps_what_was_typed(
    sign_in: SignIn, engine: Engine, wrong: dict[str, str], told: str
) -> None:
    answer = sign_in().post("/console/venues/new", data={**VENUE, "address": "1 Quay Road", **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="1 Quay Road"' in answer.text
    assert rows(engine, Venue) == []


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


def test_the_code_on_a_box_enrols_it(sign_in: SignIn, engine: Engine) -> None:
    token_hash = hashlib.sha256(b"token").hexdigest()
    with transaction(engine) as db:
        screen = make_screen(db)
        asked = ask_enrolment(db, EnrolAsk(hardware="box-1", token_sha256=token_hash), now=utc_now())
    client = sign_in()
    assert client.post(f"/console/screens/{screen.id}/enrol", data={"code": asked.code.lower()}).status_code == 302
    assert [player.screen_id for player in rows(engine, Player)] == [screen.id]


def test_a_wrong_code_is_told_and_stays_typed(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    answer = sign_in().post(f"/console/screens/{screen.id}/enrol", data={"code": "ZZZZZZ"})
    assert answer.status_code == 404
    assert "No box shows this code." in answer.text
    assert 'value="ZZZZZZ"' in answer.text


def test_a_box_is_moved_and_revoked(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        here, there = make_screen(db), make_screen(db, name="Car 2")
        player = make_player(db, screen=here)
    client = sign_in()
    client.post(f"/console/players/{player.id}/move", data={"screen_id": there.id})
    assert rows(engine, Player)[0].screen_id == there.id
    client.post(f"/console/players/{player.id}/revoke")
    assert rows(engine, Player)[0].revoked_at is not None


def test_a_player_is_told_and_its_answer_is_shown(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
    client, page = sign_in(), f"/console/screens/{screen.id}"
    tell = f"/console/players/{player.id}/commands"
    assert f'action="{tell}"' in client.get(page).text
    assert client.post(tell, data={"do": "picture"}).location == page
    assert [entry.facts for entry in rows(engine, AuditEntry) if entry.action == "player told"] == [{"do": "picture"}]
    assert "waiting for the player" in client.get(page).text
    command = rows(engine, PlayerCommand)[0]
    with transaction(engine) as db:
        record_answer(db, command.id, CommandAnswer(ok=True), now=utc_now())
    told = client.get(page).text
    assert "acknowledged" in told
    assert "waiting for the player" not in told


def test_a_player_that_does_not_answer_or_refuses_is_shown_so(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
        long_ago = utc_now() - ANSWER_WITHIN - timedelta(seconds=1)
        tell_player(db, player.id, CommandKind.PICTURE, by=None, now=long_ago)
        refused = tell_player(db, player.id, CommandKind.IDENTIFY, by=None, now=utc_now())
        record_answer(db, refused.id, CommandAnswer(ok=False, why="this player knows no command"), now=utc_now())
    told = sign_in().get(f"/console/screens/{screen.id}").text
    assert "timed out" in told
    assert "this player knows no command" in told


def test_only_operators_tell_players_and_only_what_there_is(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        player = make_player(db, screen=screen)
    tell = f"/console/players/{player.id}/commands"
    viewer = sign_in(Role.VIEWER)
    assert viewer.post(tell, data={"do": "picture"}).status_code == 403
    assert f'action="{tell}"' not in viewer.get(f"/console/screens/{screen.id}").text
    operator = sign_in(email="operator@example.org")
    assert operator.post(tell, data={"do": "dance"}).status_code == 422
    assert operator.post(tell, data={}).status_code == 422
    assert operator.post("/console/players/never/commands", data={"do": "picture"}).status_code == 404
    assert rows(engine, PlayerCommand) == []


def test_an_emergency_is_raised_over_a_venue_and_lifted(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
        notice = make_creative(db, kind="notice", title="Leave the building")
    client = sign_in()
    form = {"creative_id": notice.id, "minutes": "15"}
    assert client.post(f"/console/venues/{screen.venue_id}/emergency", data=form).status_code == 302
    raised = rows(engine, RaisedInterrupt)[0]
    assert "Leave the building" in client.get(f"/console/screens/{screen.id}").text
    client.post(f"/console/emergencies/{raised.id}/lift")
    assert rows(engine, RaisedInterrupt)[0].lifted_by is not None


def test_a_venue_that_could_not_be_planned_is_told_wherever_one_looks(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    client, venue = sign_in(Role.VIEWER), f"/console/venues/{screen.venue_id}"
    pages = (venue, f"/console/screens/{screen.id}", f"/console/screens/{screen.id}/timeline", "/console/")
    lists = ("/console/venues", "/console/screens")
    assert not any("could not be planned" in client.get(page).text for page in pages)
    assert not any("not planned" in client.get(page).text for page in lists)
    with transaction(engine) as db:
        venue_unplanned(db, screen.venue_id, Conflict("The disk is full.", remedy="Free some space."), utc_now())
    for page in pages:
        told = client.get(page).text
        assert "The timelines of this venue could not be planned." in told, page
        assert "The disk is full." in told, page
        assert "Free some space." in told, page
    assert all("not planned" in client.get(page).text for page in lists)
    assert client.get(f"/api/v1/venues/{screen.venue_id}").json["plan_trouble"] == "The disk is full."


def test_the_list_of_screens_says_why_one_is_offline(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_screen(db)
    assert "No player is enrolled." in sign_in().get("/console/screens").text
