"""The booking form in a browser: the chosen goal decides what is shown, what the keyboard reaches, and what is sent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from sqlmodel import select

from server.accounts.links import sign_in_link
from server.campaigns.models import Campaign
from server.db import transaction, utc_now
from tests.factories import make_advertiser, make_creative, make_person, make_screen
from tests.rig.browser import chromium, sign_in
from tests.rig.house import RunningHouse, running_house

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120)]

FIELDS = {
    "share": ["goal", "hourly", "preemptible"],
    "plays_per_day": ["goal", "hourly", "preemptible"],
    "plays": ["goal", "pace", "hourly", "preemptible"],
    "impressions": ["goal", "pace", "hourly", "preemptible"],
    "takeover": [],
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    with running_house(tmp_path_factory.mktemp("house"), parts=("web",)) as house:
        yield house


@pytest.fixture
def form(house: RunningHouse) -> Iterator[Page]:
    """The empty form of an advertiser with one creative."""
    with transaction(house.engine) as db:
        make_screen(db)
        advertiser = make_advertiser(db)
        make_creative(db, advertiser_id=advertiser.id)
        link = sign_in_link(db, make_person(db).email, house.settings, utc_now())
    with chromium() as browser:
        page = browser.new_page()
        sign_in(page, link)
        page.goto(f"{house.url}/console/campaigns/new?advertiser={advertiser.id}")
        yield page


def reached(page: Page, most: int = 5) -> list[str]:
    """The fields that Tab leads to after the goal, up to the creatives."""
    page.locator("#goal_kind").focus()
    names: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        name = page.locator(":focus").get_attribute("name") or ""
        if name == "creatives[]":
            break
        names.append(name)
    return names


def test_a_goal_shows_the_fields_that_it_needs_and_no_others(form: Page) -> None:
    labels = set()
    for goal, fields in FIELDS.items():
        form.locator("#goal_kind").select_option(goal)
        assert [
            name for name in ("goal", "pace", "hourly", "preemptible") if form.locator(f"#{name}").is_visible()
        ] == (fields)
        assert reached(form) == fields
        labels.add(form.locator("label[for=goal]").inner_text())
    assert len(labels) == len(FIELDS)


def test_what_another_goal_needed_is_not_sent(form: Page, house: RunningHouse) -> None:
    form.locator("#name").fill("Spring")
    for name in ("starts_on", "ends_on"):
        form.locator(f"#{name}").fill(utc_now().date().isoformat())
    form.locator("#goal_kind").select_option("plays")
    form.locator("#goal").fill("0")
    form.locator("#pace").select_option("asap")
    form.locator("#hourly").fill("4")
    form.locator("#preemptible").check()
    form.locator("#goal_kind").select_option("takeover")
    form.locator("input[name='creatives[]']").first.check()
    form.get_by_role("button", name="Keep as a draft").click()
    form.wait_for_url("**/console/campaigns/0*")
    with transaction(house.engine) as db:
        campaign = db.exec(select(Campaign)).one()
    assert (campaign.goal_kind, campaign.pace, campaign.hourly, campaign.preemptible) == (
        "takeover",
        "even",
        None,
        False,
    )
