"""Hotspots through the operators' API: a venue's plan, and a screen's state as the console shows it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from media.wire.hotspot import PlanReport
from media.wire.status import Hotspot, HotspotCounts
from server.db import transaction, utc_now
from server.screens.models import HotspotHour
from tests.factories import make_player, make_screen, make_venue, saved
from tests.server.web.operator_api.conftest import key

PLAN = {"ssid": "大堂 WiFi", "country": "CN", "open_names": ["shop.example.com"]}


@pytest.fixture
def path(engine: Engine) -> str:
    with transaction(engine) as db:
        return f"/api/v1/venues/{make_venue(db).id}/hotspot"


def test_a_plan_is_put_read_and_deleted(client: FlaskClient, engine: Engine, path: str) -> None:
    headers = key(engine)
    assert client.get(path, headers=headers).status_code == 404
    put = client.put(path, json=PLAN, headers=headers)
    assert (put.status_code, put.json["visit_minutes"], put.json["ssid"]) == (200, 30, "大堂 WiFi")
    assert client.get(path, headers=headers).json == put.json
    assert client.put(path, json=put.json, headers=headers).json == put.json
    assert client.delete(path, headers=headers).status_code == 204
    assert client.get(path, headers=headers).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"ssid": "x" * 33}, {"ssid": "a\0b"}, {"ssid": "a\nwpa=2"}, {"country": "XX"}, {"country": None},
        {"country": "US", "channel": 14}, {"most_phones": 0}, {"most_phones": "8"}, {"phone_kbit": -1},
        {"open_names": ["*.example.org"]}, {"open_names": ["a\0.example.org"]}, {"open_names": "shop.example.com"},
        {"open_names": [f"s{number}.example.org" for number in range(5000)]}, {"radio": "wlan1"},
    ],
)  # fmt: skip
def test_a_bad_plan_is_refused(client: FlaskClient, engine: Engine, path: str, wrong: dict[str, Any]) -> None:
    headers = key(engine)
    answer = client.put(path, json={**PLAN, **wrong}, headers=headers)
    assert answer.status_code == 422
    assert answer.json["error"]["message"]
    assert client.get(path, headers=headers).status_code == 404


def test_the_state_of_a_hotspot_is_what_the_console_shows(client: FlaskClient, engine: Engine) -> None:
    headers, now = key(engine), utc_now()
    report = PlanReport(refused="", why="the disk is full")
    hotspot = Hotspot(counts=HotspotCounts(run="1", present=8, most_phones=8, join_s=9), age_s=2, plan=report)
    with transaction(engine) as db:
        screen = make_screen(db)
        make_player(db, screen=screen, seen_at=now, status={"hotspot": hotspot.model_dump()})
        saved(db, HotspotHour(screen_id=screen.id, starts_at=now.replace(minute=0, second=0, microsecond=0), joins=4))
    state = client.get(f"/api/v1/screens/{screen.id}/hotspot", headers=headers).json
    assert (state["present"], state["join_s"], state["limit"], state["silent"]) == (8, 9, "full", False)
    assert (state["plan"], state["plan_why"]) == ("refused", "the disk is full")
    assert state["hours"][0]["joins"] == 4


def test_a_screen_without_a_hotspot_has_no_state(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        screens = [make_screen(db), make_screen(db)]
        make_player(db, screen=screens[0])
    for screen_id in (*(screen.id for screen in screens), "nowhere"):
        assert client.get(f"/api/v1/screens/{screen_id}/hotspot", headers=key(engine)).status_code == 404
