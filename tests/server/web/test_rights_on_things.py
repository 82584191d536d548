"""Every route that changes a thing refuses those whose thing it is not; a new route is tried without being listed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Engine
from sqlmodel import SQLModel, select
from werkzeug.routing import Rule

from server.accounts.models import Role
from server.db import new_id, reading, transaction
from tests.factories import make_advertiser, make_campaign, make_creative, make_merchant, make_offer, make_screen
from tests.server.web.conftest import SignIn

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}
# Searches, whose question is too long for an address: whoever may fill the form in may ask.
SEARCHES = {"console.find_for_campaign"}
HELD_TO = {Role.ADVERTISER: "advertiser_id", Role.MERCHANT: "merchant_id", Role.STAFF: "merchant_id"}


@pytest.fixture
def theirs(engine: Engine) -> dict[str, str]:
    """Things of an advertiser and a merchant who are neither of those that try."""
    with transaction(engine) as db:
        advertiser, merchant, screen = make_advertiser(db, name="Theirs"), make_merchant(db), make_screen(db)
        creative = make_creative(db, advertiser_id=advertiser.id)
        return {
            "advertiser_id": advertiser.id,
            "merchant_id": merchant.id,
            "creative_id": creative.id,
            "campaign_id": make_campaign(db, creatives=[creative], advertiser=advertiser).id,
            "offer_id": make_offer(db, merchant=merchant).id,
            "venue_id": screen.venue_id,
            "screen_id": screen.id,
        }


@pytest.fixture
def own(engine: Engine) -> dict[str, str]:
    with transaction(engine) as db:
        return {"advertiser_id": make_advertiser(db, name="Own").id, "merchant_id": make_merchant(db, name="Own").id}


def bodies(own: dict[str, str]) -> dict[str, dict[str, object]]:
    """What a thief would send where a body is read before the thing: a good one, that makes the thing his."""
    days = {"starts_on": "2026-03-01", "ends_on": "2026-03-31"}
    mine = {"advertiser_id": own["advertiser_id"], "creatives": [], "targets": [{"kind": "all"}]}
    return {
        "operator_api.save_campaign": {"name": "Mine now", **days, **mine},
        "operator_api.save_offer": {"title": "Mine now", "stock": 1, "valid_days": 1},
    }


def routes_that_change_a_thing(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        room = rule.endpoint.split(".")[0]
        if room in ("console", "operator_api") and rule.arguments:
            yield from ((method, rule) for method in sorted(CHANGING & (rule.methods or set())))


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with reading(engine) as db:
        return {
            name: sorted(map(tuple, db.exec(select(table)).all()), key=str)
            for name, table in SQLModel.metadata.tables.items()
            if name != "person"
        }


@pytest.mark.parametrize("role", [Role.ADVERTISER, Role.MERCHANT, Role.STAFF, Role.VIEWER])
def test_nobody_changes_what_is_another_ones(
    app: Flask, engine: Engine, sign_in: SignIn, theirs: dict[str, str], own: dict[str, str], role: Role
) -> None:
    scope = {HELD_TO[role]: own[HELD_TO[role]]} if role in HELD_TO else {}
    client, before = sign_in(role, **scope), rows(engine)
    routes = list(routes_that_change_a_thing(app))
    assert len(routes) > 40
    answers = {}
    for method, rule in routes:
        moves = {"move": "pause"} if "move" in rule.arguments else {}
        searched = {"field": "targets"} if rule.endpoint in SEARCHES else {}
        ids = {name: theirs.get(name) or new_id() for name in rule.arguments} | moves | searched
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **ids)
        body = bodies(own).get(rule.endpoint, {})
        given = {"json": body} if rule.endpoint.startswith("operator_api.") else {"data": body}
        status = client.open(path, method=method, **given).status_code
        if rule.endpoint not in SEARCHES:
            answers[f"{method} {rule}"] = status
    assert {route: status for route, status in answers.items() if status != 403} == {}
    assert rows(engine) == before
