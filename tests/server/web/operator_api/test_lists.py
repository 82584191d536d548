"""The API's lists come in pages; what is archived or retired is brought back; screens are moved and imported."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from server.accounts.models import Role
from server.db import transaction, utc_now
from tests.factories import (
    make_advertiser,
    make_campaign,
    make_merchant,
    make_offer,
    make_player,
    make_screen,
    make_venue,
)
from tests.server.web.operator_api.test_routes import key

Api = Callable[..., TestResponse]


@pytest.fixture
def api(client: FlaskClient, engine: Engine) -> Api:
    """A request of an operator's machine to a path below /api/v1/."""
    headers = key(engine)

    def send(method: str, path: str, json: Any = None, **query: Any) -> TestResponse:
        return client.open(f"/api/v1/{path}", method=method, json=json, query_string=query or None, headers=headers)

    return send


def names(answer: TestResponse, of: str) -> list[str]:
    return [row.get("name") or row["title"] for row in answer.json[of]]


@pytest.mark.parametrize("of", ["venues", "screens", "merchants", "offers", "advertisers"])
def test_a_list_has_pages_and_is_searched(api: Api, engine: Engine, of: str) -> None:
    with transaction(engine) as db:
        for name in ("Harbour 2", "Harbour 10", "Mill"):
            make_screen(db, venue=make_venue(db, name=name), name=name)
            make_offer(db, merchant=make_merchant(db, name=name), title=name)
            make_advertiser(db, name=name)
    first = api("GET", of, per_page=2)
    assert (len(first.json[of]), first.json["total"]) == (2, 3)
    second = api("GET", first.json["next"].removeprefix("/api/v1/"))
    assert len(second.json[of]) == 1
    assert second.json["next"] is None
    listed = ["Harbour 2", "Harbour 10", "Mill"]
    assert [*names(first, of), *names(second, of)] == (listed[::-1] if of == "offers" else listed)
    assert names(api("GET", of, search="mill"), of) == ["Mill"]


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


@pytest.mark.parametrize("of", ["advertisers", "merchants", "offers"])
def test_archived_things_are_listed_apart_and_restored(api: Api, engine: Engine, of: str) -> None:
    with transaction(engine) as db:
        made = {"advertisers": make_advertiser, "merchants": make_merchant, "offers": make_offer}[of](db)
    assert api("DELETE", f"{of}/{made.id}").status_code == 204
    assert api("GET", of).json[of] == []
    (listed,) = api("GET", of, archived=True).json[of]
    assert listed["id"] == made.id
    assert listed["archived_at"]
    assert api("POST", f"{of}/{made.id}/restore").json["archived_at"] is None
    assert [row["id"] for row in api("GET", of).json[of]] == [made.id]
    assert api("GET", of, archived=True).json["total"] == 0
    assert api("DELETE", f"{of}/nobody").status_code == 404


def test_a_merchant_archives_no_other_merchants_offer(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        mine, theirs = make_offer(db), make_offer(db, merchant=make_merchant(db, name="Another"))
    merchant = key(engine, Role.MERCHANT, merchant_id=mine.merchant_id)
    assert client.delete(f"/api/v1/offers/{theirs.id}", headers=merchant).status_code in (403, 404)
    assert [row["id"] for row in client.get("/api/v1/offers", headers=merchant).json["offers"]] == [mine.id]


def test_a_retired_venue_is_reinstated_with_its_screens(api: Api, engine: Engine) -> None:
    with transaction(engine) as db:
        screen, alone = make_screen(db), make_screen(db)
    api("DELETE", f"venues/{screen.venue_id}")
    assert api("POST", f"venues/{screen.venue_id}/restore").json["retired_at"] is None
    api("DELETE", f"screens/{alone.id}")
    assert api("POST", f"screens/{alone.id}/restore").json["retired_at"] is None
    assert {row["id"] for row in api("GET", "screens").json["screens"]} == {screen.id, alone.id}


def test_a_screen_is_moved_after_what_it_does_was_read(api: Api, engine: Engine) -> None:
    with transaction(engine) as db:
        screen, river = make_screen(db, name="Lift 2"), make_venue(db, name="Riverside")
        campaign = make_campaign(db, screens=[screen], ends_on=date(2099, 12, 31))
    path = f"screens/{screen.id}/relocation"
    assert api("GET", path, venue_id=river.id).json == {"kept": [campaign.id], "lost": [], "gained": []}
    moved = api("POST", path, {"venue_id": river.id, "bank": "east"})
    assert moved.status_code == 201
    assert (moved.json["venue_id"], moved.json["bank"], moved.json["name"]) == (river.id, "east", "Lift 2")
    assert moved.json["id"] != screen.id
    assert api("GET", f"screens/{screen.id}").json["retired_at"]
    assert api("POST", path, {"venue_id": river.id}).status_code == 409
    assert api("GET", f"screens/{moved.json['id']}/relocation").status_code == 422


TABLE = "venue,name,width\nHarbour Tower,Car 1,1080\nHarbour Tower,Car 2,\n"


def test_screens_are_imported_after_what_it_does_was_read(api: Api, engine: Engine) -> None:
    with transaction(engine) as db:
        make_screen(db, venue=make_venue(db, name="Harbour Tower"), name="Car 2")
    foreseen = api("POST", "screens/import", {"csv": TABLE, "check_only": True})
    assert foreseen.status_code == 200
    assert [(row["line"], row["name"], row["id"]) for row in foreseen.json["new"]] == [(2, "Car 1", "")]
    assert names(foreseen, "known") == ["Car 2"]
    added = api("POST", "screens/import", {"csv": TABLE})
    assert added.status_code == 201
    assert api("GET", f"screens/{added.json['new'][0]['id']}").json["width"] == 1080
    assert api("POST", "screens/import", {"csv": TABLE}).json["new"] == []


def test_a_table_with_a_fault_adds_nothing_and_says_where(api: Api, engine: Engine) -> None:
    with transaction(engine) as db:
        make_venue(db, name="Harbour Tower")
    table = f"{TABLE}Harbor Tower,Car 3,\n"
    refused = api("POST", "screens/import", {"csv": table})
    assert (refused.status_code, refused.json["error"]["code"]) == (422, "import_faulty")
    assert refused.json["error"]["message"].startswith("Line 4: There is no venue of this name.")
    assert api("GET", "screens").json["total"] == 0
    (fault,) = api("POST", "screens/import", {"csv": table, "check_only": True}).json["faults"]
    assert (fault["line"], fault["code"], fault["like"]) == (4, "unknown_venue_name", "Harbour Tower")
