"""Venues over the API."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.db import transaction
from tests.factories import (
    make_screen,
)
from tests.server.web.operator_api.conftest import Api, key


def test_a_machine_adds_a_venue_and_its_screen(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    venue = client.post("/api/v1/venues", json={"name": "Harbour Tower"}, headers=headers)
    assert venue.status_code == 201
    screen = client.post("/api/v1/screens", json={"venue_id": venue.json["id"], "name": "Car 1"}, headers=headers)
    assert screen.status_code == 201
    listed = client.get("/api/v1/screens", headers=headers).json["screens"]
    assert [(screen["code"], screen["troubles"]) for screen in listed] == [(screen.json["code"], ["never_enrolled"])]


def test_a_retired_screen_and_venue_are_marked(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    with transaction(engine) as db:
        screen = make_screen(db)
    assert client.get(f"/api/v1/screens/{screen.id}", headers=headers).json["retired_at"] is None
    assert client.delete(f"/api/v1/venues/{screen.venue_id}", headers=headers).status_code == 204
    for path in (f"screens/{screen.id}", f"venues/{screen.venue_id}"):
        assert client.get(f"/api/v1/{path}", headers=headers).json["retired_at"]
    assert client.get("/api/v1/screens", headers=headers).json["screens"] == []


def test_a_change_leaves_alone_what_it_does_not_name(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    venue = client.post("/api/v1/venues", json={"name": "Harbour Tower", "address": "1 Quay"}, headers=headers).json
    changed = client.patch(f"/api/v1/venues/{venue['id']}", json={"reserved_percent": 20}, headers=headers).json
    assert (changed["address"], changed["reserved_percent"]) == ("1 Quay", 20)


def test_an_unknown_field_is_named(client: FlaskClient, engine: Engine) -> None:
    answer = client.post("/api/v1/venues", json={"name": "Harbour Tower", "colour": "red"}, headers=key(engine))
    assert answer.status_code == 422
    assert "colour" in answer.json["error"]["message"]


def test_a_venues_rules_are_stored_and_senseless_ones_are_refused(client: FlaskClient, engine: Engine) -> None:
    headers, morning = key(engine), {"0": [[420, 540]]}
    rules = {
        "advert_free": morning,
        "advert_free_days": ["2026-12-13"],
        "barred": [{"category": "Toys", "hours": morning}, {"category": "alcohol"}],
        "ride_s": 45,
    }
    venue = client.post("/api/v1/venues", json={"name": "Harbour Tower", **rules}, headers=headers).json
    assert (venue["advert_free"]["0"], venue["advert_free_days"], venue["ride_s"]) == ([[420, 540]], ["2026-12-13"], 45)
    assert [(rule["category"], rule["hours"].get("0")) for rule in venue["barred"]] == [
        ("alcohol", None),
        ("Toys", [[420, 540]]),
    ]
    path = f"/api/v1/venues/{venue['id']}"
    lifted = client.patch(path, json={"barred": [], "advert_free": {}}, headers=headers).json
    assert (lifted["barred"], lifted["advert_free"], lifted["ride_s"]) == ([], {}, 45)
    for wrong, code in (
        ({"barred": [{"category": "a"}, {"category": "A"}]}, "bad_barred"),
        ({"advert_free": {"9": [[0, 1]]}}, "bad_hours"),
        ({"advert_free_days": [f"{year}-01-01" for year in range(1900, 2001)]}, "bad_advert_free_days"),
    ):
        refused = client.patch(path, json=wrong, headers=headers)
        assert (refused.status_code, refused.json["error"]["code"]) == (422, code)


def test_a_retired_venue_is_reinstated_with_its_screens(api: Api, engine: Engine) -> None:
    with transaction(engine) as db:
        screen, alone = make_screen(db), make_screen(db)
    api("DELETE", f"venues/{screen.venue_id}")
    assert api("POST", f"venues/{screen.venue_id}/restore").json["retired_at"] is None
    api("DELETE", f"screens/{alone.id}")
    assert api("POST", f"screens/{alone.id}/restore").json["retired_at"] is None
    assert {row["id"] for row in api("GET", "screens").json["screens"]} == {screen.id, alone.id}
