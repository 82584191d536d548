from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from media.wire.status import CommandAnswer
from server.accounts.keys import KeyForm, make_key, revoke_key
from server.accounts.models import AuditEntry, Role
from server.creatives.models import CreativeState
from server.db import transaction, utc_now
from server.screens.commands import record_answer
from server.web.openapi.messages import ANSWERS, REQUESTS
from tests.factories import (
    make_advertiser,
    make_campaign,
    make_creative,
    make_merchant,
    make_offer,
    make_player,
    make_screen,
)
from tests.server.web.conftest import SignIn


def key(engine: Engine, role: Role = Role.OPERATOR, **scope: Any) -> dict[str, str]:
    with transaction(engine) as db:
        _row, secret = make_key(db, KeyForm(name="a machine", role=role, **scope), now=utc_now())
    return {"Authorization": f"Bearer {secret}"}


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


def test_a_machines_actions_are_in_the_audit_log(client: FlaskClient, engine: Engine) -> None:
    client.post("/api/v1/venues", json={"name": "Harbour Tower"}, headers=key(engine))
    with transaction(engine) as db:
        entry = db.exec(select(AuditEntry).where(AuditEntry.action == "venue added")).one()
    assert entry.person_id is not None


def test_a_change_leaves_alone_what_it_does_not_name(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    venue = client.post("/api/v1/venues", json={"name": "Harbour Tower", "address": "1 Quay"}, headers=headers).json
    changed = client.patch(f"/api/v1/venues/{venue['id']}", json={"reserved_percent": 20}, headers=headers).json
    assert (changed["address"], changed["reserved_percent"]) == ("1 Quay", 20)


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer lck_unknown"}, 401)],
)
def test_without_a_good_key_nothing_is_answered(client: FlaskClient, headers: dict[str, str], status: int) -> None:
    answer = client.get("/api/v1/venues", headers=headers)
    assert answer.status_code == status
    assert answer.json["error"]["remedy"]


def test_a_bad_key_does_not_fall_back_to_the_session(sign_in: SignIn) -> None:
    client = sign_in(Role.OWNER)
    assert client.get("/api/v1/venues").status_code == 200
    assert client.get("/api/v1/venues", headers={"Authorization": "Bearer lck_unknown"}).status_code == 401


def test_a_revoked_key_opens_nothing(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        row, secret = make_key(db, KeyForm(name="a machine", role=Role.VIEWER), now=utc_now())
        revoke_key(db, row.id, now=utc_now())
    assert client.get("/api/v1/venues", headers={"Authorization": f"Bearer {secret}"}).status_code == 401


def test_a_session_needs_the_csrf_token(sign_in: SignIn, app: Flask) -> None:
    client = sign_in(Role.OPERATOR)
    app.config["WTF_CSRF_ENABLED"] = True
    assert client.post("/api/v1/venues", json={"name": "Harbour Tower"}).status_code == 400


def test_a_key_has_the_rights_of_its_role(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine, Role.VIEWER)
    assert client.get("/api/v1/creatives", headers=headers).status_code == 200
    assert client.post("/api/v1/venues", json={"name": "Harbour Tower"}, headers=headers).status_code == 403


def test_an_unknown_field_is_named(client: FlaskClient, engine: Engine) -> None:
    answer = client.post("/api/v1/venues", json={"name": "Harbour Tower", "colour": "red"}, headers=key(engine))
    assert answer.status_code == 422
    assert "colour" in answer.json["error"]["message"]


def booking(advertiser_id: str, creative_id: str) -> dict[str, Any]:
    return {
        "name": "Spring",
        "advertiser_id": advertiser_id,
        "creatives": [{"creative_id": creative_id, "weight": 2}],
        "starts_on": "2099-03-01",
        "ends_on": "2099-03-31",
        "dayparts": [{"weekday": 0, "from_min": 480, "until_min": 600}],
        "targets": [{"kind": "all"}],
        "goal": 20,
    }


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


def test_a_merchant_changes_own_offers_alone(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        own, other = make_offer(db), make_offer(db, merchant=make_merchant(db, name="Another bar"))
    headers = key(engine, Role.MERCHANT, merchant_id=own.merchant_id)
    terms = {"title": "Two bowls free", "stock": 30, "valid_days": 7}
    assert client.put(f"/api/v1/offers/{own.id}", json=terms, headers=headers).json["stock_left"] == 30
    assert client.put(f"/api/v1/offers/{other.id}", json=terms, headers=headers).status_code == 403
    new = {**terms, "merchant_id": other.merchant_id}
    assert client.post("/api/v1/offers", json=new, headers=headers).status_code == 403
    assert [offer["id"] for offer in client.get("/api/v1/offers", headers=headers).json["offers"]] == [own.id]


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


def test_a_failed_creative_is_tried_again(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        creative = make_creative(db, ready=False, state=CreativeState.FAILED, trouble="It broke.")
    again, headers = f"/api/v1/creatives/{creative.id}/again", key(engine)
    assert client.post(again, headers=key(engine, Role.VIEWER)).status_code == 403
    assert client.post(again, headers=key(engine, Role.ADVERTISER, advertiser_id=advertiser.id)).status_code == 403
    answer = client.post(again, headers=headers)
    assert (answer.json["state"], answer.json["trouble"]) == ("processing", "")
    assert client.post(again, headers=headers).json["error"]["code"] == "not_failed"


def test_a_notice_that_cannot_be_drawn_leaves_nothing(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    refused = client.post("/api/v1/creatives/notices", json={"text": "party \U00030001"}, headers=headers)
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "undrawable_text")
    assert client.get("/api/v1/creatives", headers=headers).json["creatives"] == []


def test_a_notice_is_typed_and_an_upload_ticket_given(client: FlaskClient, engine: Engine) -> None:
    headers = key(engine)
    notice = client.post("/api/v1/creatives/notices", json={"text": "Fire drill at ten"}, headers=headers)
    assert (notice.status_code, notice.json["state"]) == (201, "processing")
    assert client.get(f"/api/v1/creatives/{notice.json['id']}", headers=headers).json["text"] == "Fire drill at ten"
    assert "/uploads/" in client.post("/api/v1/creatives/tickets", json={}, headers=headers).json["url"]


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


def test_reports_are_restricted_to_the_sender(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        campaign, offer = make_campaign(db), make_offer(db)
    span = "from_on=2026-03-01&until_on=2026-03-02"
    advertiser = key(engine, Role.ADVERTISER, advertiser_id=campaign.advertiser_id)
    assert client.get(f"/api/v1/reports/delivery?{span}", headers=advertiser).json == {"rows": []}
    assert client.get(f"/api/v1/reports/creatives?{span}", headers=advertiser).json == {"rows": []}
    assert len(client.get(f"/api/v1/reports/plays.csv?{span}", headers=advertiser).text.splitlines()) == 1
    assert client.get(f"/api/v1/reports/claims?{span}", headers=advertiser).status_code == 403
    claims = client.get(f"/api/v1/reports/claims?{span}", headers=key(engine)).json["rows"]
    assert [row["offer_id"] for row in claims] == [offer.id]


def test_the_document_describes_every_route_of_the_api(client: FlaskClient, app: Flask) -> None:
    document = client.get("/api/v1/openapi.json").json
    described = {(path, method) for path, of in document["paths"].items() for method in of}
    routes = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1/")]
    assert len(described) == sum(len((rule.methods or set()) - {"HEAD", "OPTIONS"}) for rule in routes)
    assert ("/api/v1/campaigns/{campaign_id}/{move}", "post") in described
    assert set(REQUESTS) | set(ANSWERS) <= {rule.endpoint for rule in routes}


def test_the_document_defines_what_it_refers_to(client: FlaskClient) -> None:
    document = client.get("/api/v1/openapi.json")
    referred = {part.split('"')[0] for part in document.text.split("#/components/schemas/")[1:]}
    assert referred <= set(document.json["components"]["schemas"])
