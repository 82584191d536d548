"""A creative's page and its route of the API: titles, length, owner, where it is used, replacing and restoring."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from sqlalchemy import Engine

from server.accounts.models import AuditEntry, Role
from server.campaigns.models import HouseContent
from server.creatives.models import Creative, CreativeState
from server.creatives.uploads.tickets import read_ticket
from server.db import transaction
from server.settings import Settings
from tests.factories import make_advertiser, make_campaign, make_creative, make_venue, saved
from tests.rig.phones.forms import fields_of
from tests.server.web.conftest import SignIn, rows


@pytest.fixture
def poster(engine: Engine) -> Creative:
    with transaction(engine) as db:
        tea = make_advertiser(db)
        return make_creative(db, title="tea v2", original_name="tea_v2.jpg", advertiser_id=tea.id)


def now_of(engine: Engine, creative: Creative) -> Creative:
    return next(row for row in rows(engine, Creative) if row.id == creative.id)


def test_titles_and_seconds_are_changed_on_its_page(sign_in: SignIn, engine: Engine, poster: Creative) -> None:
    browser, address = sign_in(), f"/console/creatives/{poster.id}"
    page = browser.get(address).text
    assert "Empty: “tea”." in page
    changed = {**fields_of_details(page), "title": "茶 ☕", "phone_title": "Tea is ready", "length_s": "12.5"}
    assert browser.post(address, data=changed).status_code == 302
    row = now_of(engine, poster)
    assert (row.title, row.phone_title, row.length_ms) == ("茶 ☕", "Tea is ready", 12_500)
    assert row.advertiser_id == poster.advertiser_id
    assert rows(engine, AuditEntry)[-1].action == "creative changed"


def fields_of_details(page: str) -> dict[str, list[str]]:
    return fields_of(page[page.index('id="details"') :], "")


def test_values_that_cannot_be_saved_are_shown_again_as_typed(sign_in: SignIn, poster: Creative) -> None:
    answer = sign_in().post(f"/console/creatives/{poster.id}", data={"title": "Mine", "length_s": "0"})
    assert answer.status_code == 422
    assert 'value="Mine"' in answer.text
    assert "Choose 1 or more." in answer.text


def test_a_creative_of_a_campaign_stays_with_its_advertiser(sign_in: SignIn, engine: Engine, poster: Creative) -> None:
    with transaction(engine) as db:
        make_campaign(db, creatives=[poster], name="Spring")
        other = make_advertiser(db, name="Other")
    browser = sign_in()
    answer = browser.patch(f"/api/v1/creatives/{poster.id}", json={"advertiser_id": other.id})
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "used_by_campaigns")
    with transaction(engine) as db:
        free = make_creative(db)
    assert browser.patch(f"/api/v1/creatives/{free.id}", json={"advertiser_id": other.id}).status_code == 200
    assert now_of(engine, free).advertiser_id == other.id


def test_a_machine_changes_what_it_names_and_nothing_else(sign_in: SignIn, poster: Creative) -> None:
    answer = sign_in().patch(f"/api/v1/creatives/{poster.id}", json={"length_ms": 5000})
    assert (answer.json["title"], answer.json["length_ms"]) == ("tea v2", 5000)
    assert answer.json["advertiser_id"] == poster.advertiser_id


def test_nobody_changes_or_takes_over_another_advertisers_creative(
    sign_in: SignIn, engine: Engine, poster: Creative
) -> None:
    with transaction(engine) as db:
        other = make_advertiser(db, name="Other")
        mine = make_creative(db, advertiser_id=other.id)
    stranger = sign_in(Role.ADVERTISER, advertiser_id=other.id)
    for path in (f"/api/v1/creatives/{poster.id}/restore", "/console/creatives/ticket", "/api/v1/creatives/tickets"):
        answer = stranger.post(path, **replacing(path, poster.id))
        assert answer.status_code == 403, path
    assert stranger.patch(f"/api/v1/creatives/{poster.id}", json={"title": "Mine"}).status_code == 403
    given_away = stranger.patch(f"/api/v1/creatives/{mine.id}", json={"advertiser_id": poster.advertiser_id})
    assert given_away.status_code == 403


def replacing(path: str, id_: str) -> dict[str, dict[str, str]]:
    return {"data" if path.startswith("/console") else "json": {"replaces": id_}}


def test_the_page_says_where_it_is_used(sign_in: SignIn, engine: Engine, poster: Creative) -> None:
    browser = sign_in()
    assert "Nothing uses it yet." in browser.get(f"/console/creatives/{poster.id}").text
    with transaction(engine) as db:
        make_campaign(db, creatives=[poster], name="Spring")
        tower = make_venue(db, name="Harbour Tower")
        saved(db, HouseContent(creative_id=poster.id, venue_id=tower.id))
        saved(db, HouseContent(creative_id=poster.id))
    page = browser.get(f"/console/creatives/{poster.id}").text
    for used in ("Spring", "Harbour Tower", "everywhere"):
        assert f">{used}</a>" in page


def test_an_archived_creative_is_restored_on_its_page(sign_in: SignIn, engine: Engine, poster: Creative) -> None:
    browser, address = sign_in(), f"/console/creatives/{poster.id}"
    browser.post(f"{address}/archive")
    assert "Restore" in browser.get(address).text
    browser.post(f"{address}/restore")
    assert now_of(engine, poster).state == CreativeState.PROCESSING  # the factory's files are in no store


def test_a_ticket_says_what_is_replaced_and_how_long_pictures_are_shown(
    sign_in: SignIn, settings: Settings, poster: Creative
) -> None:
    answer = sign_in().post("/console/creatives/ticket", data={"replaces": poster.id, "stands_s": "7.5"})
    ticket = read_ticket(settings, urlsplit(answer.json["url"]).path.rpartition("/")[2])
    assert (ticket.replaces, ticket.stands_ms) == (poster.id, 7500)
