"""Campaigns over the API: booked, changed, paused and resumed."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from tests.factories import (
    make_advertiser,
    make_creative,
    make_screen,
)
from tests.server.web.operator_api.conftest import booking, key


def test_an_advertiser_books_for_itself_alone(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        own, other = make_advertiser(db), make_advertiser(db, name="Another house")
        creatives = {advertiser.id: make_creative(db, advertiser_id=advertiser.id).id for advertiser in (own, other)}
        make_screen(db)
    headers = key(engine, Role.ADVERTISER, advertiser_id=own.id)
    booked = client.post("/api/v1/campaigns", json=booking(own.id, creatives[own.id]), headers=headers)
    assert (booked.status_code, booked.json["state"]) == (201, "booked")
    assert booked.json["booking"]["creatives"] == [{"creative_id": creatives[own.id], "weight": 2}]
    refused = client.post("/api/v1/campaigns", json=booking(other.id, creatives[other.id]), headers=headers)
    assert refused.status_code == 403


def test_every_goal_is_booked_and_a_spot_that_outlasts_the_ride_is_reported(
    client: FlaskClient, engine: Engine
) -> None:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id, length_ms=45_000)
        screen = make_screen(db)
        make_screen(db, kind="lobby")
    headers = key(engine)
    terms = {
        "goal_kind": "impressions",
        "goal": 250_000,
        "pace": "ahead",
        "preemptible": True,
        "hourly": 6,
        "targets": [{"kind": "venue_type", "value": "70101"}],
        "exclusions": [{"kind": "tag", "value": "north"}],
    }
    form = booking(advertiser.id, creative.id) | terms
    refused = client.post("/api/v1/campaigns", json=form, headers=headers)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "unknown_target")
    form["exclusions"] = []
    made = client.post("/api/v1/campaigns", json=form, headers=headers).json
    assert {name: made["booking"][name] for name in form} == form
    [long] = made["outlasts_ride"]
    assert (long["creative_id"], long["length_s"], long["ride_s"], long["screens"]) == (creative.id, 45, 30, 1)
    path = f"/api/v1/campaigns/{made['id']}"
    form["exclusions"] = [{"kind": "screen", "value": screen.id}]
    assert client.put(path, json=form, headers=headers).json["outlasts_ride"] == []
    assert client.get(path, headers=headers).json["booking"]["exclusions"] == form["exclusions"]


def test_a_campaign_is_paused_and_resumed(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
        make_screen(db)
    headers = key(engine)
    campaign = client.post("/api/v1/campaigns", json=booking(advertiser.id, creative.id), headers=headers).json
    for move, state in (("pause", "paused"), ("resume", "booked"), ("end", "ended")):
        assert client.post(f"/api/v1/campaigns/{campaign['id']}/{move}", headers=headers).json["state"] == state
    assert client.post(f"/api/v1/campaigns/{campaign['id']}/pause", headers=headers).status_code == 409
