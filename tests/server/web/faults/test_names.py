"""Names of every script, everywhere a name can stand, with the desk behind its own socket.

Covers: server.availability.server, server.http.availability_client
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from flask import Flask
from markupsafe import escape
from sqlalchemy import Engine

from server.accounts.models import AuditEntry
from server.availability.server import AvailabilityService, make_server
from server.campaigns.models import Campaign
from server.context import Services
from server.db import transaction, utc_now
from server.http.availability_client import availability_client
from server.plays.models import DeliveredDay
from server.settings import Settings
from tests.factories import make_advertiser, make_creative, make_screen, make_venue, saved
from tests.server.web.conftest import SignIn, rows

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
NAMES = [
    "早餐高峰",
    "Café “Élan”",
    f"{FAMILY} \U0001f95f",
    "مقهى الصباح",
    "\u200fקפה בוקר",
]


@pytest.fixture
def desk_over_http(app: Flask, engine: Engine, settings: Settings) -> Iterator[None]:
    """The pages query the availability service through a socket, as in production."""
    server = make_server(AvailabilityService(engine, settings), port=0)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    services: Services = app.extensions["liftcast"]
    here = settings.model_copy(update={"planner_port": server.server_port})
    app.extensions["liftcast"] = replace(services, query_availability=availability_client(here))
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("desk_over_http")
@pytest.mark.parametrize("name", NAMES)
def test_a_campaign_is_booked_paused_resumed_reported_and_exported(name: str, sign_in: SignIn, engine: Engine) -> None:
    tomorrow = utc_now().date() + timedelta(days=1)
    with transaction(engine) as db:
        screen = make_screen(db, venue=make_venue(db, name=name, zone="UTC"), name=name)
        advertiser = make_advertiser(db, name=name)
        creative = make_creative(db, title=name, advertiser_id=advertiser.id)
    browser = sign_in()
    who = {"name": name, "advertiser_id": advertiser.id, "creatives[]": creative.id, "targets[]": "all"}
    flight = {"starts_on": tomorrow, "ends_on": tomorrow, "goal_kind": "share", "goal": "10"}
    booked = browser.post("/console/campaigns/new", data={**who, **flight, "do": "book"})
    assert booked.status_code == 302, booked.text
    campaign = rows(engine, Campaign)[0]
    for move, state in (("pause", "paused"), ("resume", "booked")):
        assert browser.post(f"{booked.location}/{move}").status_code == 302
        assert rows(engine, Campaign)[0].state == state
    assert campaign.name == name
    assert {entry.facts["name"] for entry in rows(engine, AuditEntry)} == {name}

    begun = tomorrow - timedelta(days=1)
    with transaction(engine) as db:
        keys = {
            "campaign_id": campaign.id,
            "screen_id": screen.id,
            "item": f"{creative.id}-{campaign.id}",
            "on": begun,
        }
        saved(db, DeliveredDay(**keys, plays=3, failed=0, shown_ms=30_000))
    days = {"from_on": begun.isoformat(), "until_on": begun.isoformat()}
    assert str(escape(name)) in browser.get("/console/report", query_string=days).text
    exported = browser.get("/console/report/delivery.csv", query_string=days).data.decode("utf-8-sig")
    line = next(csv.DictReader(io.StringIO(exported)))
    assert {name} == {value for value in line.values() if not value.isascii()}
    for place in (booked.location, "/console/campaigns", "/console/creatives", "/console/screens", "/console/venues"):
        assert str(escape(name)) in browser.get(place).text, place
