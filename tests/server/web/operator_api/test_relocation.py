"""A screen is moved to another venue over the API."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from server.db import transaction
from tests.factories import (
    make_campaign,
    make_screen,
    make_venue,
)
from tests.server.web.operator_api.conftest import Api


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
