"""Absurd input gets a clear error: years that no calendar ends in, numbers with thousands of digits.

Covers: server.web.forms, server.web.moments, server.years
"""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.campaigns.models import NoticeRun
from server.db import new_id, transaction, utc_now
from server.screens.models import Screen
from tests.factories import bearer, make_creative, make_merchant, make_player, make_screen
from tests.server.web.conftest import SignIn

DIGITS = "9" * 5000
FAR = ("0001-01-01", "9999-12-31")


@pytest.fixture
def screen(engine: Engine) -> Screen:
    with transaction(engine) as db:
        return make_screen(db)


@pytest.fixture
def machine(engine: Engine) -> dict[str, str]:
    with transaction(engine) as db:
        _row, secret = make_key(db, KeyForm(name="a machine", role=Role.OPERATOR), now=utc_now())
    return {"Authorization": f"Bearer {secret}"}


@pytest.mark.parametrize(
    "query",
    [*(f"on={on}" for on in FAR), "on=soon", "hour=25", "hour=-1", f"hour={DIGITS}", f"on=2026-03-02&hour={DIGITS}"],
)
def test_the_hour_of_a_timeline_must_exist(sign_in: SignIn, screen: Screen, query: str) -> None:
    answer = sign_in().get(f"/console/screens/{screen.id}/timeline?{query}")
    assert answer.status_code == 422
    assert "Correct it" in answer.text or "Choose a day" in answer.text


@pytest.mark.parametrize("page", ["report", "report/claims.csv", "report/delivery.csv"])
@pytest.mark.parametrize("on", FAR)
def test_the_days_of_a_report_must_exist(sign_in: SignIn, page: str, on: str) -> None:
    answer = sign_in().get(f"/console/{page}?from_on={on}&until_on={on}", headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert "Choose a day from the year 2000 to the year 2199." in answer.text


@pytest.mark.parametrize("kind", ["delivery", "claims"])
@pytest.mark.parametrize(("on", "code"), [*((on, "year_too_far") for on in FAR), (DIGITS, "invalid")])
def test_a_machine_gets_the_same_refusal(
    client: FlaskClient, machine: dict[str, str], kind: str, on: str, code: str
) -> None:
    answer = client.get(f"/api/v1/reports/{kind}?from_on={on}&until_on={on}", headers=machine)
    assert (answer.status_code, answer.json["error"]["code"]) == (422, code)
    assert answer.json["error"]["remedy"]


@pytest.mark.parametrize("on", FAR)
def test_a_notice_runs_on_days_that_exist(sign_in: SignIn, engine: Engine, screen: Screen, on: str) -> None:
    form = {"text": "Hello", "length_s": "10", "language": "en", "from_at": f"{on}T08:00"}
    answer = sign_in().post("/console/creatives/notice", data=form)
    assert answer.status_code == 422
    assert "This date is too far away." in answer.text
    with transaction(engine) as db:
        assert db.exec(select(NoticeRun)).all() == []


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_instants_in_a_body_exist(client: FlaskClient, engine: Engine, machine: dict[str, str], at: str) -> None:
    with transaction(engine) as db:
        screen, creative, merchant = make_screen(db), make_creative(db, kind="notice"), make_merchant(db)
    bodies: dict[str, dict[str, Any]] = {
        "creatives/notices": {"text": "Hello", "venue_id": screen.venue_id, "until_at": at},
        f"screens/{screen.id}/interrupts": {"creative_id": creative.id, "until_at": at},
        "offers": {"merchant_id": merchant.id, "title": "Tea", "stock": 1, "valid_until": at},
    }
    for path, body in bodies.items():
        answer = client.post(f"/api/v1/{path}", json=body, headers=machine)
        assert (answer.status_code, answer.json["error"]["code"]) == (422, "year_too_far"), path


def test_an_offers_form_with_absurd_times_is_shown_again(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        merchant = make_merchant(db)
    form = {"merchant_id": merchant.id, "title": "Tea", "stock": "1", "weekdays[]": ["0"]}
    answer = sign_in().post("/console/offers/new", data={**form, "valid_until": "9999-12-31T23:59"})
    assert answer.status_code == 422
    assert "This date is too far away." in answer.text
    absurd = {**form, "valid_days": "7", "from": f"{DIGITS}:00", "until": f"12:{DIGITS}"}
    assert sign_in(email="two@example.org").post("/console/offers/new", data=absurd).status_code < 500


def test_absurd_hours_of_the_week_are_refused(sign_in: SignIn) -> None:
    form = {
        "name": "Spring",
        "starts_on": "2099-03-01",
        "ends_on": "2099-03-02",
        "hours_0": f"{DIGITS}-1, 1-{DIGITS}",
    }
    assert sign_in().post("/console/campaigns/new", data=form).status_code == 422


def test_an_absurd_protocol_is_not_spoken(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        player = make_player(db, screen=make_screen(db))
    answer = client.get("/api/v1/player/timeline", headers={**bearer(player), "Liftcast-Protocol": DIGITS})
    assert answer.status_code == 426


@pytest.mark.parametrize("t0", [DIGITS, "nan", "-inf", "", "noon"])
@pytest.mark.parametrize("path", ["/api/v1/player/clock", "/api/v1/clock"])
def test_an_absurd_ping_is_no_fault_of_ours(client: FlaskClient, path: str, t0: str) -> None:
    assert client.get(f"{path}?t0={t0}").status_code < 500


@pytest.mark.parametrize("ms", [10**18, -(10**18), 10**400, 2**63])
def test_absurd_instants_of_a_player_are_no_fault_of_ours(client: FlaskClient, engine: Engine, ms: int) -> None:
    with transaction(engine) as db:
        player = make_player(db, screen=make_screen(db))
    status = {"hardware": "box-1", "boot_id": "b", "seq": 1, "now_ms": ms, "showing_since_ms": ms}
    assert client.post("/api/v1/player/status", json=status, headers=bearer(player)).status_code < 500
    play = {"id": new_id(), "kind": "spot", "screen": player.screen_id, "item": "i", "version": 1, "result": "played"}
    play |= {"starts_ms": ms, "began_ms": ms, "ended_ms": ms}
    answer = client.post("/api/v1/player/plays", json={"plays": [play]}, headers=bearer(player))
    assert (answer.status_code, answer.json["plays"][0]["status"]) == (200, "refused")


def test_a_number_of_thousands_of_digits_is_no_json(client: FlaskClient, machine: dict[str, str]) -> None:
    raw = f'{{"name": "Harbour Tower", "venue_type": {DIGITS}}}'
    answer = client.post("/api/v1/venues", data=raw, headers=machine, content_type="application/json")
    assert answer.status_code == 400


def test_a_number_that_no_column_holds_is_refused(client: FlaskClient, machine: dict[str, str]) -> None:
    answer = client.post("/api/v1/venues", json={"name": "Harbour Tower", "venue_type": 10**30}, headers=machine)
    assert answer.status_code == 422
    assert answer.json["error"]["remedy"]
