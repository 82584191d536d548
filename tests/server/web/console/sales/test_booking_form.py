"""The booking form's creatives, copies of campaigns, drafts that are deleted, and warnings where they help.

Covers: server.web.console.sales.campaigns, server.web.console.sales.creative_picker
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import Session

from server.campaigns.holds import hold_draft
from server.campaigns.models import Advertiser, Campaign, CampaignCreative, CampaignState, GoalKind, Target
from server.creatives.models import Creative, CreativeState
from server.db import transaction, utc_now
from server.plays.forecast import Forecast
from server.plays.outlook import lagging, store_forecasts
from server.screens.models import Screen
from server.screens.replan import revision
from tests.factories import make_advertiser, make_campaign, make_creative, make_player, make_screen
from tests.rig.phones.forms import fields_of
from tests.server.web.conftest import SignIn, rows

SOON = utc_now().date() + timedelta(days=3)
FLIGHT = {"starts_on": SOON, "ends_on": SOON + timedelta(days=7)}


@dataclass
class Shop:
    advertiser: Advertiser
    poster: Creative
    screen: Screen

    def draft(self, db: Session, **more: object) -> Campaign:
        values = {"creatives": [self.poster], "advertiser": self.advertiser, "state": CampaignState.DRAFT}
        return make_campaign(db, **{**values, **FLIGHT, **more})


@pytest.fixture
def shop(engine: Engine) -> Shop:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        poster = make_creative(db, title="Poster", advertiser_id=advertiser.id)
        return Shop(advertiser, poster, make_screen(db))


def draft_of(engine: Engine, shop: Shop, **more: object) -> Campaign:
    with transaction(engine) as db:
        return shop.draft(db, **more)


def form_fields(browser: FlaskClient, address: str) -> dict[str, list[str]]:
    return fields_of(browser.get(address).text, address)


# --- creatives


def test_a_creative_that_was_archived_stays_chosen_until_it_is_unticked(
    sign_in: SignIn, engine: Engine, shop: Shop
) -> None:
    with transaction(engine) as db:
        gone = make_creative(db, advertiser_id=shop.advertiser.id, state=CreativeState.ARCHIVED)
        draft = shop.draft(db, creatives=[shop.poster, gone])
    browser, address = sign_in(), f"/console/campaigns/{draft.id}"
    assert browser.post(address, data=form_fields(browser, address)).status_code == 302
    assert {row.creative_id for row in rows(engine, CampaignCreative)} == {shop.poster.id, gone.id}


def test_a_search_keeps_what_was_ticked_and_finds_the_advertisers_own(
    sign_in: SignIn, engine: Engine, shop: Shop
) -> None:
    with transaction(engine) as db:
        make_creative(db, title="Latte 拿铁", advertiser_id=shop.advertiser.id)
        make_creative(db, title="Latte of another", advertiser_id=make_advertiser(db, name="Other").id)
    form = {"advertiser_id": shop.advertiser.id, "creatives[]": shop.poster.id, "creatives_search": "拿铁"}
    found = sign_in().post("/console/campaigns/creatives", data={**form, f"weight_{shop.poster.id}": "7"}).text
    assert "Latte 拿铁" in found
    assert "Latte of another" not in found
    assert f'value="{shop.poster.id}" checked' in found
    assert f'name="weight_{shop.poster.id}" value="7"' in found


def test_the_search_works_without_a_script(sign_in: SignIn, engine: Engine, shop: Shop) -> None:
    form = {"advertiser_id": shop.advertiser.id, "creatives_search": "nothing", "name": "Mine", "do": "find-creatives"}
    page = sign_in().post("/console/campaigns/new", data=form).text
    assert "Nothing found for “nothing”." in page
    assert 'value="Mine"' in page
    assert rows(engine, Campaign) == []


def test_a_waiting_row_reloads_until_its_creative_is_ready(sign_in: SignIn, engine: Engine, shop: Shop) -> None:
    with transaction(engine) as db:
        waiting = make_creative(db, ready=False, progress=0.4)
    browser = sign_in()
    assert "40 %" in browser.get(f"/console/creatives/{waiting.id}/state").text
    assert "hx-get" not in browser.get(f"/console/creatives/{shop.poster.id}/state").text


# --- copies and drafts


def test_a_copy_has_all_but_the_name_and_is_not_written_before_it_is_sent(
    sign_in: SignIn, engine: Engine, shop: Shop
) -> None:
    draft = draft_of(engine, shop, name="Spring", goal_kind=GoalKind.PLAYS, goal=77.0, screens=[shop.screen])
    browser = sign_in()
    page = browser.get(f"/console/campaigns/new?copy={draft.id}").text
    assert len(rows(engine, Campaign)) == 1
    sent = {**fields_of(page, "/console/campaigns/new"), "do": "draft"}
    copied = browser.post("/console/campaigns/new", data=sent).location.rpartition("/")[2]
    copy = next(row for row in rows(engine, Campaign) if row.id == copied)
    assert (copy.name, copy.goal_kind, copy.goal) == ("Copy of Spring", "plays", 77.0)
    assert (copy.starts_on, copy.ends_on) == (draft.starts_on, draft.ends_on)
    assert {(row.kind, row.value) for row in rows(engine, Target)} == {("screen", shop.screen.id)}


def test_a_copy_of_an_ended_campaign_needs_new_days(sign_in: SignIn, engine: Engine, shop: Shop) -> None:
    days = {"starts_on": SOON - timedelta(days=90), "ends_on": SOON - timedelta(days=80)}
    over = draft_of(engine, shop, state=CampaignState.ENDED, **days)
    fields = fields_of(sign_in().get(f"/console/campaigns/new?copy={over.id}").text, "/console/campaigns/new")
    assert (fields["starts_on"], fields["ends_on"]) == ([""], [""])


def test_a_draft_is_deleted_with_all_its_parts_and_its_hold(sign_in: SignIn, engine: Engine, shop: Shop) -> None:
    with transaction(engine) as db:
        draft = shop.draft(db, screens=[shop.screen])
        hold_draft(db, draft.id, by=None, now=utc_now())
        before = revision(db)
    assert sign_in().post(f"/console/campaigns/{draft.id}/delete").location == "/console/campaigns"
    assert [rows(engine, table) for table in (Campaign, CampaignCreative, Target)] == [[], [], []]
    with transaction(engine) as db:
        assert revision(db) > before


def test_a_booked_campaign_is_never_deleted(sign_in: SignIn, engine: Engine, shop: Shop) -> None:
    booked = draft_of(engine, shop, state=CampaignState.BOOKED)
    answer = sign_in().delete(f"/api/v1/campaigns/{booked.id}")
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "wrong_state")
    assert len(rows(engine, CampaignCreative)) == 1


# --- warnings


def test_screens_that_never_had_a_box_are_listed(sign_in: SignIn, engine: Engine, shop: Shop) -> None:
    booked = draft_of(engine, shop, state=CampaignState.BOOKED)
    browser, address = sign_in(), f"/console/campaigns/{booked.id}"
    assert "1 of its screens has never had a box" in browser.get(address).text
    with transaction(engine) as db:
        make_player(db, screen=shop.screen)
    assert "never had a box" not in browser.get(address).text


@pytest.mark.parametrize(("starts_in", "warned"), [(3, False), (-3, True)])
def test_nobody_is_warned_of_delivery_before_the_flight_begins(
    sign_in: SignIn, engine: Engine, shop: Shop, starts_in: int, warned: bool
) -> None:
    today = utc_now().date()
    days = {"starts_on": today + timedelta(days=starts_in), "ends_on": today + timedelta(days=20)}
    campaign = draft_of(engine, shop, state=CampaignState.BOOKED, **days)
    with transaction(engine) as db:
        make_player(db, screen=shop.screen, seen_at=utc_now())
        short = Forecast("plays", 60_000, 0, 0, 0, 26_000, 30_000)
        store_forecasts(db, {campaign.id: short}, now=utc_now())
    browser = sign_in()
    for page in (f"/console/campaigns/{campaign.id}", "/console/campaigns"):
        assert ("at this rate it ends at" in browser.get(page).text) is warned, page
    with transaction(engine) as db:
        assert bool(lagging(db, now=utc_now())) is warned
    assert ("The flight begins on" in browser.get(f"/console/campaigns/{campaign.id}").text) is not warned
