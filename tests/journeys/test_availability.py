"""Selling on real processes: the form says what is free as one types, and no more than that is sold, to nobody twice.

One screen that is on all day: of spots of 10 s with 5 s of something else between two of one advertiser 5,760 fit in a
day, and 4,896 where others share the time.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select

from server.accounts.keys import KeyForm, make_key
from server.accounts.links import sign_in_link
from server.accounts.models import Role
from server.campaigns.models import Campaign, CampaignState
from server.db import reading, transaction, utc_now
from server.runtime.processes import takes_connections
from server.screens.replan import bump_revision
from tests.factories import make_advertiser, make_creative, make_person, make_screen, make_venue
from tests.rig.phones.browser import chromium, sign_in
from tests.rig.servers.house import RunningHouse, running_house
from tests.rig.servers.processes import eventually

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

SELLERS = 6
NAME = "早餐高峰 🥟 “Café” فطور"


@dataclass
class Shop:
    house: RunningHouse
    advertiser: str
    creative: str
    key: dict[str, str]
    link: str
    on: date

    def book(self, **more: Any) -> requests.Response:
        flight = {"starts_on": self.on.isoformat(), "ends_on": self.on.isoformat(), "targets": [{"kind": "all"}]}
        who = {"name": NAME, "advertiser_id": self.advertiser, "creatives": [{"creative_id": self.creative}]}
        form = {**who, **flight, "goal_kind": "plays", **more}
        return requests.post(f"{self.house.url}/api/v1/campaigns", json=form, headers=self.key, timeout=90)

    def states(self) -> list[CampaignState]:
        with reading(self.house.engine) as db:
            return [campaign.state for campaign in db.exec(select(Campaign).order_by(Campaign.id))]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    plain_locale = {"LC_ALL": "C"}  # no name may depend on the machine's language
    with running_house(tmp_path, parts=("web", "desk", "planner"), more=plain_locale) as house:
        with transaction(house.engine) as db:
            make_screen(db, venue=make_venue(db, name="مبنى الميناء", zone="UTC"), name="电梯 1 🛗")
            advertiser = make_advertiser(db, name="קפה בוקר")
            creative = make_creative(db, advertiser_id=advertiser.id, title="Café “Élan” ☕")
            _row, secret = make_key(db, KeyForm(name="a seller", role=Role.OPERATOR), now=utc_now())
            link = sign_in_link(db, make_person(db).email, house.settings, utc_now())
            bump_revision(db)
        on = utc_now().date() + timedelta(days=2)
        yield Shop(house, advertiser.id, creative.id, {"Authorization": f"Bearer {secret}"}, link, on)


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def test_room_is_sold_once_and_no_more_than_there_is(shop: Shop, browser: Browser) -> None:
    page = browser.new_page(locale="en")
    sign_in(page, shop.link)

    # The form says what is free as one types, and more is refused with the nearest that fits.
    fill_in(page, shop, plays=50_000)
    room = page.locator("#room")
    expect(room).to_contain_text("This screen has 5,760 free plays in that flight; you ask for 50,000.", timeout=60_000)
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Ask for 5,760 at the most, or let the flight end on")
    expect(page.locator("#name")).to_have_value(NAME)
    page.locator("#goal").fill("1000")
    expect(room).to_contain_text("you ask for 1,000")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("status").first).to_contain_text("Booked")

    # Each of these fits into what is left, but no two of them.
    start = Barrier(SELLERS)

    def sell(_seller: int) -> requests.Response:
        start.wait(timeout=30)
        return shop.book(goal=3000)

    with ThreadPoolExecutor(SELLERS) as sellers:
        answers = list(sellers.map(sell, range(SELLERS)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (SELLERS - 1)
    refused = [answer.json()["error"] for answer in answers if answer.status_code == 409]
    assert {error["code"] for error in refused} <= {"no_room", "network_changed"}
    assert any("This screen has 896 free plays" in error["message"] for error in refused)
    assert shop.states() == [CampaignState.BOOKED] * 2

    # While the desk is away nothing that was typed is lost, and drafts are kept; then it is back.
    shop.house.processes["desk"].kill()
    fill_in(page, shop, plays=500)
    page.get_by_role("button", name="Book", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("The booking desk does not answer", timeout=60_000)
    expect(page.locator("#goal")).to_have_value("500")
    page.get_by_role("button", name="Save as draft").click()
    expect(page.get_by_role("status").first).to_contain_text("Kept as a draft.")
    shop.house.start("desk")
    address = ("127.0.0.1", shop.house.settings.planner_port)
    eventually(lambda: takes_connections(address), within_s=60, what="the desk to be back")
    page.get_by_role("button", name="Hold", exact=True).click()
    expect(page.locator("#hold")).to_contain_text("This capacity is held until", timeout=60_000)
    assert shop.book(goal=500).json()["error"]["code"] == "no_room"
    page.get_by_role("button", name="Book it").click()
    expect(page.locator(".title")).to_contain_text("Booked")
    assert shop.states() == [CampaignState.BOOKED] * 3


def fill_in(page: Page, shop: Shop, *, plays: int) -> None:
    page.goto(f"{shop.house.url}/console/campaigns/new?advertiser={shop.advertiser}")
    page.locator("#name").fill(NAME)
    for name in ("starts_on", "ends_on"):
        page.locator(f"#{name}").fill(shop.on.isoformat())
    page.locator("#goal_kind").select_option("plays")
    page.locator("#goal").fill(str(plays))
    page.locator("input[name='creatives[]']").check()
