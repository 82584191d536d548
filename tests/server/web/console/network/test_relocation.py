"""A screen is moved to another venue in the console."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from server.db import transaction
from server.screens.models import Screen
from tests.factories import make_campaign, make_screen, make_venue
from tests.server.web.conftest import SignIn, rows


def test_a_screen_is_moved_to_another_venue_after_what_happens_was_said(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        screen = make_screen(db, name="Lift 2", bank="east")
        there = make_venue(db, name="Riverside")
        make_campaign(db, name="Of the screen", screens=[screen], ends_on=date(2999, 1, 1))
    client, page = sign_in(), f"/console/screens/{screen.id}/venue"
    assert page in client.get(f"/console/screens/{screen.id}").text
    assert "What happens" not in client.get(page).text
    said = client.get(f"{page}?venue_id={there.id}").text
    for word in ("Of the screen", "It leaves the bank east", "under Harbour Tower", "a new screen of Riverside"):
        assert word in said, word
    assert client.post(page, data={"venue_id": screen.venue_id}).status_code == 422
    moved = client.post(page, data={"venue_id": there.id, "bank": "lobby"})
    new = next(row for row in rows(engine, Screen) if row.retired_at is None)
    assert moved.location == f"/console/screens/{new.id}"
    assert (new.venue_id, new.bank) == (there.id, "lobby")
    assert client.post(page, data={"venue_id": there.id}).status_code == 409
