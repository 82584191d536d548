"""Explanations over the API and on the console: in sentences, and to nobody about what is another's.

Covers: server.web.operator_api.explain
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from media.store import MediaStore
from server.accounts.models import Role
from server.campaigns.book import book_campaign
from server.campaigns.models import Advertiser, Campaign
from server.db import to_ms, transaction, utc_now
from server.settings import Settings
from tests.server.timelines.world import World, add_advertiser, add_creative, booking, make_world
from tests.server.web.conftest import SignIn


@pytest.fixture
def now() -> datetime:
    return utc_now()


@pytest.fixture
def world(engine: Engine, store: MediaStore, settings: Settings, now: datetime) -> World:
    world = make_world(engine, store, settings, zone="Asia/Shanghai")
    book(world, world.advertiser, "Spring soup", now)
    return world


@pytest.fixture
def rival(world: World, now: datetime) -> tuple[Advertiser, Campaign]:
    with transaction(world.engine) as db:
        rival = add_advertiser(db, "Tea house")
    tea = book(world, rival, "Green tea", now)
    world.publish(now)
    return rival, tea


def book(world: World, advertiser: Advertiser, name: str, now: datetime) -> Campaign:
    days = {"starts_on": (now - timedelta(days=1)).date(), "ends_on": (now + timedelta(days=20)).date()}
    with transaction(world.engine) as db:
        creative = add_creative(db, advertiser_id=advertiser.id, title=f"{name} film")
        return book_campaign(db, booking(advertiser, creative, name=name, goal=40.0, **days), by=None, now=now)


def spot_of(world: World, campaign: Campaign, since: datetime) -> int:
    spots = world.timeline().spots_from(to_ms(since + timedelta(hours=30)))
    return next(spot.starts_ms for spot in spots if spot.item and spot.item.endswith(campaign.id))


def test_the_api_explains_the_playing_item_and_the_absence_of_others(
    world: World, rival: tuple[Advertiser, Campaign], sign_in: SignIn, now: datetime
) -> None:
    tea, at = rival[1], spot_of(world, rival[1], now)
    answer = sign_in().get(f"/api/v1/screens/{world.screen.code}/explain?at={at}")
    assert answer.status_code == 200, answer.text
    explained: dict[str, Any] = answer.get_json()
    assert (explained["kind"], explained["campaign"], explained["name"], explained["title"]) == (
        "spot",
        tea.id,
        "Green tea",
        "Green tea film",
    )
    assert explained["plays"]["code"] == "spot"
    assert explained["plays"]["text"].startswith("It is a spot of Green tea: number ")
    assert {candidate["name"] for candidate in explained["others"]} == {"Green tea", "Spring soup"}
    for candidate in explained["others"]:
        assert all(reason["text"].endswith(".") for reason in candidate["reasons"])


@pytest.mark.parametrize("written", ["{ms}", "{utc}", "{shanghai}", "{unescaped}"])
def test_a_moment_may_be_written_in_several_ways(
    world: World, rival: tuple[Advertiser, Campaign], sign_in: SignIn, now: datetime, written: str
) -> None:
    at = spot_of(world, rival[1], now)
    utc = datetime.fromtimestamp(at / 1000, UTC)
    shanghai = (utc + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00")
    text = written.format(
        ms=at, utc=utc.strftime("%Y-%m-%dT%H:%M:%SZ"), shanghai=shanghai.replace("+", "%2B"), unescaped=shanghai
    )
    explained = sign_in().get(f"/api/v1/screens/{world.screen.code}/explain?at={text}").get_json()
    assert explained["at_ms"] == at


@pytest.mark.parametrize("at", ["yesterday", "99999999999999999999", "2026-13-01T00:00:00Z", "-5", "٣", "1e9", "\0"])
def test_an_unreadable_moment_is_refused_with_a_remedy(world: World, sign_in: SignIn, now: datetime, at: str) -> None:
    world.publish(now)
    answer = sign_in().get(f"/api/v1/screens/{world.screen.code}/explain", query_string={"at": at})
    assert answer.status_code == 422
    assert answer.get_json()["error"]["remedy"]


def test_an_advertiser_sees_own_campaigns_and_no_name_of_another(
    world: World, rival: tuple[Advertiser, Campaign], sign_in: SignIn, now: datetime
) -> None:
    at = spot_of(world, rival[1], now)
    client = sign_in(Role.ADVERTISER, advertiser_id=world.advertiser.id)
    answer = client.get(f"/api/v1/screens/{world.screen.code}/explain?at={at}")
    explained = answer.get_json()
    assert [candidate["name"] for candidate in explained["others"]] == ["Spring soup"]
    assert (explained["item"], explained["title"], explained["campaign"], explained["name"]) == (None, None, None, None)
    assert explained["plays"]["text"] == "It is a spot of another campaign."
    assert (explained["plays"]["had"], explained["plays"]["owed"]) == (None, None)
    page = client.get(f"/console/screens/{world.screen.id}/why?at={at}")
    assert page.status_code == 200
    for text in (answer.text, page.text):
        assert "Green tea" not in text
        assert rival[1].id not in text
    refused = client.get(f"/api/v1/screens/{world.screen.code}/explain?campaign={rival[1].id}")
    assert refused.status_code == 403
    assert client.get(f"/console/screens/{world.screen.id}/why?campaign={rival[1].id}").status_code == 403


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 200), (Role.MERCHANT, 403), (Role.STAFF, 403)])
def test_only_some_roles_may_read_the_explanation(
    world: World, sign_in: SignIn, now: datetime, role: Role, status: int
) -> None:
    world.publish(now)
    answer = sign_in(role).get(f"/api/v1/screens/{world.screen.code}/explain")
    assert answer.status_code == status


def test_a_screen_without_a_timeline_says_so(world: World, sign_in: SignIn) -> None:
    assert sign_in().get(f"/api/v1/screens/{world.screen.code}/explain").status_code == 404
    page = sign_in().get(f"/console/screens/{world.screen.id}/why")
    assert page.status_code == 200
    assert "Nothing is published yet" in page.text


def test_the_page_says_it_in_sentences_and_the_timeline_leads_there(
    world: World, rival: tuple[Advertiser, Campaign], sign_in: SignIn, now: datetime
) -> None:
    at, client = spot_of(world, rival[1], now), sign_in()
    page = client.get(f"/console/screens/{world.screen.id}/why?at={at}").text
    assert "It is a spot of Green tea: number" in page
    assert "Why others do not" in page
    timeline = client.get(f"/console/screens/{world.screen.id}/timeline").text
    assert f"/console/screens/{world.screen.id}/why?at=" in timeline
    chinese = client.get(f"/console/screens/{world.screen.id}/why?at={at}", headers={"Accept-Language": "zh-CN"}).text
    assert "这是 Green tea 的播放" in chinese


def test_the_form_sends_the_moment_that_it_shows_by_the_venues_clock(
    world: World, rival: tuple[Advertiser, Campaign], sign_in: SignIn, now: datetime
) -> None:
    on = (now + timedelta(days=3)).strftime("%Y-%m-%d")
    page = sign_in().get(f"/console/screens/{world.screen.id}/why?at={on}T09:30:15&campaign={rival[1].id}").text
    assert f'value="{on}T09:30:15"' in page
    assert "Spring soup</a>" not in page


def test_a_moment_far_away_is_answered_clearly(world: World, sign_in: SignIn, now: datetime) -> None:
    world.publish(now)
    explained = sign_in().get(f"/api/v1/screens/{world.screen.code}/explain?at=2190-01-01T00:00:00Z").get_json()
    assert (explained["kind"], explained["others"]) == ("outside", [])
    assert explained["plays"]["text"].startswith("Nothing is known about this moment. Plans are stored from ")


def test_the_document_describes_it(sign_in: SignIn) -> None:
    paths = sign_in().get("/api/v1/openapi.json").get_json()["paths"]
    parameters = {screen["name"] for screen in paths["/api/v1/screens/{code}/explain"]["get"]["parameters"]}
    assert parameters == {"code", "at", "campaign"}
