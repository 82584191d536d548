"""The first page: the steps of a new server, then the overview."""

from __future__ import annotations

from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import transaction
from server.screens.models import Player
from tests.factories import (
    make_creative,
    make_merchant,
    make_player,
    make_screen,
    make_venue,
)
from tests.server.web.conftest import SignIn


def test_a_new_server_leads_from_step_to_step(sign_in: SignIn, engine: Engine) -> None:
    client = sign_in(Role.OWNER)
    assert "/console/venues/new" in client.get("/console/").text
    with transaction(engine) as db:
        venue = make_venue(db)
    assert f"/console/screens/new?venue={venue.id}" in client.get("/console/").text
    with transaction(engine) as db:
        screen = make_screen(db, venue=venue)
    assert f"/console/screens/{screen.id}" in client.get("/console/").text
    with transaction(engine) as db:
        player = make_player(db, screen=screen)
    assert "/console/creatives/notice" in client.get("/console/").text
    with transaction(engine) as db:
        notice = make_creative(db, kind="notice")
        db.get_one(Player, player.id).status = {"showing": notice.id}
    assert client.get("/console/?welcome=1").headers["HX-Redirect"] == "/console/"
    assert "<h1>Overview</h1>" in client.get("/console/").text


def test_staff_who_only_redeem_are_redirected_to_the_counter(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        merchant = make_merchant(db)
    client = sign_in(Role.STAFF, merchant_id=merchant.id)
    assert client.get("/").location == "/counter"
    assert client.get("/console/").location == "/counter"
