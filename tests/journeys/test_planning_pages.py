"""The pages of planning in a browser, on a phone and a desk, in both languages: why, and where campaigns stand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from server.accounts.links import sign_in_link
from server.accounts.models import Role
from server.campaigns.book import book_campaign
from server.campaigns.forms import DaypartForm
from server.campaigns.models import GoalKind
from server.db import to_ms, transaction, utc_now
from server.plays.forecast import Forecast
from server.plays.outlook import store_forecasts
from server.timelines.models import NetworkTrouble
from tests.factories import make_person
from tests.rig.phones.page_audit import wrong_looks
from tests.rig.servers.house import RunningHouse
from tests.server.timelines.world import World, add_advertiser, add_creative, booking, make_world

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]

WIDTHS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}


@pytest.fixture(scope="module")
def world(house: RunningHouse) -> World:
    """A published day with campaigns that play, wait, and fall short; and a network that could not be planned."""
    now = utc_now()
    world = make_world(house.engine, house.store, house.settings, zone="Asia/Shanghai")
    nights = tuple(DaypartForm(weekday=day, from_min=0, until_min=360) for day in range(7))
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("Spring soup for two 双人春汤", {"goal": 35.0}),
        ("Green tea", {"goal": 30.0}),
        ("Night noodles", {"goal": 20.0, "dayparts": nights}),
        ("A million bowls", {"goal_kind": GoalKind.PLAYS, "goal": 60_000.0}),
    ]
    days = {"starts_on": (now - timedelta(days=4)).date(), "ends_on": (now + timedelta(days=20)).date()}
    booked = []
    with transaction(house.engine) as db:
        for name, wish in wishes:
            advertiser = add_advertiser(db, f"House of {name}")
            creative = add_creative(db, advertiser_id=advertiser.id, title=f"{name}, the film")
            form = booking(advertiser, creative, name=name, **days, **wish)
            booked.append(book_campaign(db, form, by=None, now=now))
        forecasts = [Forecast("plays", 60_000, 28_571, 24_000, 371, 26_000, 55_800)]
        forecasts += [Forecast("plays", 9_000, 1_200, 1_230, 0, 6_000, 9_000)] * 3
        by_campaign = zip(reversed(booked), forecasts, strict=True)
        store_forecasts(db, {campaign.id: forecast for campaign, forecast in by_campaign}, now=now)
        trouble = {"trouble": "The work took longer than it may.", "remedy": "Tell the person who runs the server."}
        db.add(NetworkTrouble(id="network", failed_at=now, **trouble))
    world.publish(now)
    return world


def signed_in(house: RunningHouse, browser: Browser, size: str, language: str, role: Role) -> Page:
    page = browser.new_context(viewport=WIDTHS[size], locale=language).new_page()  # type: ignore[arg-type]
    with transaction(house.engine) as db:
        link = sign_in_link(db, make_person(db, role=role).email, house.settings, utc_now())
    page.goto(link)
    page.locator("main form button").first.click()
    page.wait_for_url("**/console/**")
    return page


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_the_pages_of_planning_look_right(
    house: RunningHouse, browser: Browser, world: World, size: str, language: str, tmp_path: Path
) -> None:
    page = signed_in(house, browser, size, language, Role.VIEWER)
    why = f"/console/screens/{world.screen.id}/why?at={to_ms(utc_now() + timedelta(hours=30))}"
    campaigns = page.goto(f"{house.url}/console/campaigns")
    assert campaigns is not None
    campaign = page.get_by_role("link", name="A million bowls").get_attribute("href") or ""
    for path in (
        why,
        f"/console/screens/{world.screen.id}/timeline",
        "/console/campaigns",
        campaign,
        "/console/report",
        "/console/",
    ):
        page.goto(house.url + path)
        page.screenshot(
            path=tmp_path / f"{size}-{language}-{path.split('?')[0].strip('/').replace('/', '-')[-30:]}.png",
            full_page=True,
        )
        if path == campaign:  # the booking form has a journey of its own
            page.evaluate("document.querySelector('main fieldset').remove()")
        # A link within a row is as high as its line.
        wrong = [look for look in wrong_looks(page) if not look.startswith("too small to hit: A ")]
        assert wrong == [], path


def test_from_a_spot_of_the_timeline_one_click_leads_to_why(
    house: RunningHouse, browser: Browser, world: World
) -> None:
    page = signed_in(house, browser, "phone", "en", Role.VIEWER)
    page.goto(f"{house.url}/console/screens/{world.screen.id}/timeline")
    page.get_by_role("link", name="why?").first.click()
    page.get_by_role("heading", name="What plays").wait_for()
    page.get_by_label("Campaign").select_option(label="Night noodles")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**campaign=**")
    rows = page.locator("tbody tr")
    assert rows.count() == 1
    assert "Night noodles" in rows.first.inner_text()
