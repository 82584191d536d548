"""Every page of the console: who may see it, and that it renders with and without anything to show.

Covers: server.web.console.sales.report, server.web.identity.campaign_access
"""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.accounts.models import Role
from server.db import new_id, transaction
from tests.factories import (
    make_advertiser,
    make_campaign,
    make_creative,
    make_merchant,
    make_offer,
    make_player,
    make_screen,
    make_venue,
)
from tests.server.web.conftest import SignIn

OWNER, OPERATOR, ADVERTISER = Role.OWNER, Role.OPERATOR, Role.ADVERTISER
MERCHANT, STAFF, VIEWER = Role.MERCHANT, Role.STAFF, Role.VIEWER

# Who sees which list; everyone else is refused.
SEEN_BY = {
    "/console/people/log": {OWNER},
    "/console/merchants": {OWNER, OPERATOR},
    "/console/screens/import": {OWNER, OPERATOR},
    "/console/screens/enrol": {OWNER, OPERATOR},
    "/console/venues": {OWNER, OPERATOR, VIEWER},
    "/console/venues/new": {OWNER, OPERATOR},
    "/console/screens": {OWNER, OPERATOR, VIEWER},
    "/console/screens/new": {OWNER, OPERATOR},
    "/console/creatives": {OWNER, OPERATOR, VIEWER, ADVERTISER},
    "/console/creatives/upload": {OWNER, OPERATOR, ADVERTISER},
    "/console/creatives/notice": {OWNER, OPERATOR},
    "/console/creatives/coupon": {OWNER, OPERATOR},
    "/console/house": {OWNER, OPERATOR, VIEWER},
    "/console/campaigns": {OWNER, OPERATOR, VIEWER, ADVERTISER},
    "/console/campaigns/new": {OWNER, OPERATOR, ADVERTISER},
    "/console/advertisers": {OWNER, OPERATOR},
    "/console/advertisers/new": {OWNER, OPERATOR},
    "/console/offers": {OWNER, OPERATOR, VIEWER, MERCHANT},
    "/console/offers/new": {OWNER, OPERATOR, MERCHANT},
    "/console/merchants/new": {OWNER, OPERATOR},
    "/console/report": {OWNER, OPERATOR, VIEWER, ADVERTISER, MERCHANT},
    "/console/report/uncounted": {OWNER, OPERATOR, VIEWER},
    "/console/people": {OWNER},
    "/console/people/invite": {OWNER},
    "/console/keys/new": {OWNER},
}


def scope_of(engine: Engine, role: Role) -> dict[str, str]:
    with transaction(engine) as db:
        if role is ADVERTISER:
            return {"advertiser_id": make_advertiser(db).id}
        return {"merchant_id": make_merchant(db).id} if role in (MERCHANT, STAFF) else {}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_sees_the_pages_of_its_rights_and_no_others(sign_in: SignIn, engine: Engine, role: Role) -> None:
    client = sign_in(role, **scope_of(engine, role))
    statuses = {page: client.get(page).status_code for page in SEEN_BY}
    assert statuses == {page: 200 if role in roles else 403 for page, roles in SEEN_BY.items()}


@pytest.fixture
def things(engine: Engine) -> dict[str, str]:
    """One of each kind of thing, with a player that is online."""
    with transaction(engine) as db:
        venue = make_venue(db)
        screen = make_screen(db, venue=venue, tags=["north"])
        advertiser = make_advertiser(db)
        creative = make_creative(db, kind="video", advertiser_id=advertiser.id)
        player = make_player(db, screen=screen, held_version=1, picture_digest="a" * 64)
        player.status = {"showing": creative.id, "clock_trusted": True, "files_wanted": 2, "files_held": 2}
        campaign = make_campaign(db, creatives=[creative], advertiser=advertiser)
        merchant = make_merchant(db)
        return {
            "venues": venue.id,
            "screens": screen.id,
            "creatives": creative.id,
            "campaigns": campaign.id,
            "offers": make_offer(db, merchant=merchant).id,
            "merchants": merchant.id,
            "advertisers": advertiser.id,
        }


def test_every_thing_has_a_page(sign_in: SignIn, things: dict[str, str]) -> None:
    client = sign_in(OWNER)
    pages = [f"/console/{kind}/{id_}" for kind, id_ in things.items()]
    screen = f"/console/screens/{things['screens']}"
    pages += [*SEEN_BY, f"{screen}/edit", f"{screen}/timeline", f"/console/house?venue={things['venues']}"]
    pages.append(f"/console/campaigns/new?advertiser={things['advertisers']}")
    assert [page for page in pages if client.get(page).status_code != 200] == []


def test_every_page_speaks_chinese(sign_in: SignIn, things: dict[str, str]) -> None:
    client = sign_in(OWNER, language="zh")
    with client.session_transaction() as session:
        session["language"] = "zh"
    for page in [*SEEN_BY, *(f"/console/{kind}/{id_}" for kind, id_ in things.items())]:
        assert 'lang="zh-CN"' in client.get(page).text


@pytest.mark.parametrize("kind", ["venues", "screens", "creatives", "campaigns", "offers", "merchants", "advertisers"])
def test_a_missing_thing_is_reported_as_missing(sign_in: SignIn, kind: str) -> None:
    answer = sign_in(OWNER).get(f"/console/{kind}/{new_id()}")
    assert answer.status_code == 404
    assert "There is no such" in answer.text


def test_a_viewer_changes_nothing(sign_in: SignIn, things: dict[str, str], app: Flask) -> None:
    client = sign_in(VIEWER)
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    posts = [rule for rule in rules if "POST" in (rule.methods or ())]
    words = {"move": "pause", "field": "targets"}
    assert len(posts) > 30
    for rule in posts:
        ids = {name: words.get(name) or new_id() for name in rule.arguments}
        with app.test_request_context():
            path = app.url_for(rule.endpoint, **ids)
        assert client.post(path).status_code == 403, path


def test_an_advertiser_sees_own_things_alone(sign_in: SignIn, things: dict[str, str], engine: Engine) -> None:
    with transaction(engine) as db:
        other = make_advertiser(db, name="Another house")
    stranger = sign_in(ADVERTISER, advertiser_id=other.id)
    own = sign_in(ADVERTISER, advertiser_id=things["advertisers"])
    for page in (f"/console/creatives/{things['creatives']}", f"/console/campaigns/{things['campaigns']}"):
        assert own.get(page).status_code == 200
        assert stranger.get(page).status_code == 403
    assert "A video" in own.get("/console/creatives").text
    assert "A video" not in stranger.get("/console/creatives").text
    assert stranger.post(f"/console/creatives/{things['creatives']}/archive").status_code == 403
    assert stranger.post(f"/console/campaigns/{things['campaigns']}/end").status_code == 403


def test_a_merchant_sees_own_offers_alone(sign_in: SignIn, things: dict[str, str], engine: Engine) -> None:
    with transaction(engine) as db:
        other = make_merchant(db, name="Another bar")
    stranger = sign_in(MERCHANT, merchant_id=other.id)
    assert stranger.get(f"/console/offers/{things['offers']}").status_code == 403
    assert "One bowl free" not in stranger.get("/console/offers").text
    assert "One bowl free" not in stranger.get("/console/report").text
    assert stranger.post(f"/console/offers/{things['offers']}/stop").status_code == 403
    assert "One bowl free" in sign_in(MERCHANT, merchant_id=things["merchants"]).get("/console/offers").text


def test_the_report_is_downloaded_as_csv(sign_in: SignIn, things: dict[str, str]) -> None:
    client = sign_in(OPERATOR)
    delivered = client.get(f"/console/report/delivery.csv?from_on={date(2026, 3, 1)}&until_on={date(2026, 3, 2)}")
    assert delivered.mimetype == "text/csv"
    assert delivered.text.startswith("\ufeffday,campaign")
    assert "One bowl free" in client.get("/console/report/claims.csv").text
    assert client.get("/console/report/plays.csv").text.startswith("\ufeffplay_id,kind,venue")
    assert client.get("/console/report/creatives.csv").text.startswith("\ufeffcampaign,campaign_id,creative")


def test_a_page_in_another_role_is_refused_in_plain_words(sign_in: SignIn) -> None:
    assert "Your role does not allow this." in sign_in(VIEWER).get("/console/people").text


def test_the_console_needs_no_outside_resource(sign_in: SignIn, client: FlaskClient) -> None:
    text = sign_in(OWNER).get("/console/").text
    assert "//cdn" not in text
    assert 'src="http' not in text


@pytest.mark.parametrize("odd", ["endpoint=x", "_anchor=a", "_method=POST", "_scheme=x", "_external=1", "values=1"])
@pytest.mark.parametrize("page", ["screens", "creatives", "report"])
def test_an_odd_query_breaks_no_page(sign_in: SignIn, things: dict[str, str], page: str, odd: str) -> None:
    answer = sign_in(OPERATOR).get(f"/console/{page}?{odd}")
    assert answer.status_code == 200
