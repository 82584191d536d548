from __future__ import annotations

from flask import Flask
from sqlmodel import Session

from server.accounts.keys import KeyForm, make_key
from server.accounts.models import Role
from server.timelines.models import RaisedInterrupt
from server.web.console.people.things import Thing, things_of
from tests.factories import (
    NOON,
    make_advertiser,
    make_campaign,
    make_creative,
    make_merchant,
    make_offer,
    make_person,
    make_player,
    make_screen,
    make_venue,
    saved,
)


def test_every_kind_of_thing_has_its_name_and_its_page(app: Flask, db: Session) -> None:
    venue = make_venue(db, name="滨江 Tower")
    screen = make_screen(db, venue=venue, name="Car 1")
    notice = make_creative(db, kind="notice", title="Leave <now>")
    rows = {
        venue.id: Thing("滨江 Tower", f"/console/venues/{venue.id}"),
        screen.id: Thing("滨江 Tower · Car 1", f"/console/screens/{screen.id}"),
        notice.id: Thing("Leave <now>", f"/console/creatives/{notice.id}"),
    }
    for thing, name, path in (
        (make_campaign(db, name="Spring"), "Spring", "campaigns"),
        (make_advertiser(db, name="Tea"), "Tea", "advertisers"),
        (make_merchant(db, name="Bar"), "Bar", "merchants"),
        (make_offer(db, title="Soup"), "Soup", "offers"),
        (make_person(db, name="Ada"), "Ada", "people"),
    ):
        rows[thing.id] = Thing(name, f"/console/{path}/{thing.id}")
    with app.test_request_context():
        assert things_of(db, [*rows, "no such thing"]) == rows
        assert things_of(db, []) == {}


def test_a_player_is_known_by_its_screen_and_without_one_by_its_hardware(app: Flask, db: Session) -> None:
    screen = make_screen(db, venue=make_venue(db, name="Tower"), name="Car 1")
    placed, loose = make_player(db, screen=screen), make_player(db, hardware="pi-7")
    with app.test_request_context():
        things = things_of(db, [placed.id, loose.id])
    assert things == {placed.id: Thing("Tower · Car 1", f"/console/screens/{screen.id}"), loose.id: Thing("pi-7")}


def test_an_emergency_is_called_as_its_text_and_a_key_has_no_page(app: Flask, db: Session) -> None:
    notice = make_creative(db, kind="notice", title="Leave")
    raised = saved(db, RaisedInterrupt(creative_id=notice.id, from_at=NOON))
    key, _secret = make_key(db, KeyForm(name="The till", role=Role.OPERATOR), now=NOON)
    with app.test_request_context():
        things = things_of(db, [raised.id, key.id])
    assert things == {raised.id: Thing("Leave", f"/console/creatives/{notice.id}"), key.id: Thing("The till")}
