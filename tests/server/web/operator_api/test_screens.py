"""Screens, their players and emergencies over the API."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine

from media.wire.status import CommandAnswer
from server.accounts.models import Role
from server.db import transaction, utc_now
from server.screens.commands import record_answer
from tests.factories import (
    make_creative,
    make_player,
    make_screen,
    make_venue,
)
from tests.server.web.operator_api.conftest import Api, key, names


def test_a_screen_has_the_impressions_of_a_play_and_their_source(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db)
    headers, path = key(engine), f"/api/v1/screens/{screen.id}"
    assert client.get(path, headers=headers).json["multipliers"] == []
    sourced = {"multipliers": [0.5] * 12 + [2] * 12, "multiplier_source": 1, "multiplier_vendor": "example.org"}
    changed = client.patch(path, json=sourced, headers=headers).json
    assert {name: changed[name] for name in sourced} == sourced
    refused = client.patch(path, json={"multiplier_vendor": ""}, headers=headers)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "vendor_missing")
    assert client.patch(path, json={"multipliers": [1, 2]}, headers=headers).json["error"]["code"] == "bad_multipliers"


def test_a_machine_sends_a_command_and_reads_its_state(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        player = make_player(db, screen=make_screen(db))
    path, headers, viewer = f"/api/v1/players/{player.id}/commands", key(engine), key(engine, Role.VIEWER)
    assert client.post(path, json={"do": "restart_display"}, headers=viewer).status_code == 403
    assert client.post(path, json={"do": "dance"}, headers=headers).status_code == 422
    made = client.post(path, json={"do": "restart_display"}, headers=headers)
    assert (made.status_code, made.json["state"]) == (201, "waiting")
    with transaction(engine) as db:
        record_answer(db, made.json["id"], CommandAnswer(ok=True), now=utc_now())
    (listed,) = client.get(path, headers=viewer).json["commands"]
    assert (listed["id"], listed["do"], listed["state"]) == (made.json["id"], "restart_display", "acknowledged")
    assert client.get("/api/v1/players/never/commands", headers=viewer).status_code == 404
    assert client.delete(f"/api/v1/players/{player.id}", headers=headers).status_code == 204
    assert client.post(path, json={"do": "picture"}, headers=headers).status_code == 409


def test_an_emergency_is_raised_and_lifted(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        screen, notice = make_screen(db), make_creative(db, kind="notice")
    headers = key(engine)
    raised = client.post(f"/api/v1/screens/{screen.id}/interrupts", json={"creative_id": notice.id}, headers=headers)
    assert raised.status_code == 201
    assert len(client.get("/api/v1/interrupts", headers=headers).json["interrupts"]) == 1
    assert client.delete(f"/api/v1/interrupts/{raised.json['id']}", headers=headers).status_code == 204
    assert client.get("/api/v1/interrupts", headers=headers).json["interrupts"] == []


def test_a_machine_prepares_an_emergency_and_raises_it_everywhere(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    text = client.post("/api/v1/creatives/emergencies", json={"text": "Leave by the stairs"}, headers=headers)
    assert (text.status_code, text.json["state"]) == (201, "processing")
    with transaction(engine) as db:
        notice = make_creative(db, kind="notice")
    raised = client.post("/api/v1/interrupts", json={"creative_id": notice.id}, headers=headers)
    assert (raised.status_code, raised.json["venue_id"], raised.json["screen_id"]) == (201, None, None)


def test_screens_are_listed_by_place_state_and_venue(api: Api, engine: Engine) -> None:
    with transaction(engine) as db:
        harbour, mill = make_venue(db, name="Harbour"), make_venue(db, name="Mill")
        for name in ("Lift 10", "Lift 2"):
            make_screen(db, venue=harbour, name=name)
        make_player(db, screen=make_screen(db, venue=mill, name="Lobby"), seen_at=utc_now())
    assert names(api("GET", "screens"), "screens") == ["Lift 2", "Lift 10", "Lobby"]
    assert names(api("GET", "screens", venue=mill.id), "screens") == ["Lobby"]
    assert names(api("GET", "screens", state="never_enrolled"), "screens") == ["Lift 2", "Lift 10"]
    assert api("GET", "screens", state="asleep").status_code == 422
