"""A creative's page and its route of the API: titles, length, owner, where it is used, replacing and restoring.

Covers: server.campaigns.creatives, server.web.operator_api.creatives
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from server.accounts.models import AuditEntry, Role
from server.campaigns.models import HouseContent
from server.creatives.models import Creative, CreativeState
from server.db import Job, transaction
from tests.factories import make_advertiser, make_campaign, make_creative, make_offer, make_screen, make_venue, saved
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


def failed_creative(db: Session, **more: Any) -> Creative:
    return make_creative(db, ready=False, state=CreativeState.FAILED, trouble="It broke.", remedy="Look.", **more)


def test_a_failed_creative_is_tried_again_by_a_button(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        creative = failed_creative(db, kind="video")
    client, again = sign_in(), f"/console/creatives/{creative.id}/again"
    for page in ("/console/creatives", f"/console/creatives/{creative.id}"):
        assert f'action="{again}"' in client.get(page).text
    assert client.post(again).location == f"/console/creatives/{creative.id}"
    assert rows(engine, Creative)[0].state is CreativeState.PROCESSING
    assert [(job.kind, job.subject) for job in rows(engine, Job)] == [("renditions", creative.id)]
    assert [entry.action for entry in rows(engine, AuditEntry)] == ["creative tried again"]
    assert f'action="{again}"' not in client.get(f"/console/creatives/{creative.id}").text
    assert client.post(again).status_code == 409


def test_a_coupon_that_could_not_be_redrawn_is_reported_and_tried_again(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_screen(db)
        coupon = make_creative(
            db, kind="coupon", title="Free bowl", offer_id=make_offer(db).id, trouble="It broke.", remedy="Look."
        )
    client, page = sign_in(Role.VIEWER), f"/console/creatives/{coupon.id}"
    overview = client.get("/console/").text
    assert f'<a href="{page}">Free bowl</a></th><td>It broke.</td><td class="quiet">Look.</td>' in overview
    assert "as it was before" in client.get(page).text
    assert f"{page}/again" not in client.get(page).text
    client = sign_in(email="own@example.org")
    for listing in ("/console/creatives", page):
        assert f'action="{page}/again"' in client.get(listing).text
    assert client.post(f"{page}/again").location == page
    assert "It broke." not in client.get(page).text


def test_only_who_may_change_a_creative_tries_it_again(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        own, other = make_advertiser(db), make_advertiser(db, name="Another house")
        creative = failed_creative(db, advertiser_id=other.id)
    again = f"/console/creatives/{creative.id}/again"
    assert sign_in(Role.VIEWER).post(again).status_code == 403
    assert sign_in(Role.ADVERTISER, advertiser_id=own.id, email="own@example.org").post(again).status_code == 403
    assert sign_in(Role.ADVERTISER, advertiser_id=other.id, email="other@example.org").post(again).status_code == 302
