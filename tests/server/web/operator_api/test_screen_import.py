"""Screens are imported from a table over the API."""

from __future__ import annotations

from sqlalchemy import Engine

from server.db import transaction
from tests.factories import (
    make_screen,
    make_venue,
)
from tests.server.web.operator_api.conftest import Api, names

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
