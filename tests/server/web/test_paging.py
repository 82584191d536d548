"""Lists come in pages, on pages of the console and in the API, and no row is out of reach."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from server.creatives.models import Creative, CreativeState
from server.db import transaction, utc_now
from tests.factories import LONG_AGO, make_advertiser, make_campaign, make_creative, make_screen
from tests.rig.phones.forms import fields_of
from tests.server.web.conftest import SignIn

MANY = 301


def make_many_creatives(db: Session, advertiser_id: str) -> None:
    ready = {"kind": "image", "state": CreativeState.READY, "advertiser_id": advertiser_id, "created_at": LONG_AGO}
    db.add_all(Creative(title=f"Poster {number}", **ready) for number in range(MANY))
    db.flush()


def test_saving_a_campaign_keeps_a_creative_older_than_the_newest_three_hundred(
    sign_in: SignIn, engine: Engine
) -> None:
    with transaction(engine) as db:
        make_screen(db)
        tea = make_advertiser(db)
        oldest = make_creative(db, title="The oldest", advertiser_id=tea.id)
        soon = utc_now().date()
        flight = {"starts_on": soon, "ends_on": soon + timedelta(days=7), "state": "draft"}
        campaign = make_campaign(db, creatives=[oldest], advertiser=tea, **flight)
        make_many_creatives(db, tea.id)
    browser, address = sign_in(), f"/console/campaigns/{campaign.id}"
    fields = fields_of(browser.get(address).text, address)
    assert browser.post(address, data={**fields, "name": "Renamed"}).status_code == 302
    booking = browser.get(f"/api/v1/campaigns/{campaign.id}").json["booking"]
    assert booking["name"] == "Renamed"
    assert [chosen["creative_id"] for chosen in booking["creatives"]] == [oldest.id]


def test_every_creative_is_on_some_page_of_the_api(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_many_creatives(db, make_advertiser(db).id)
    browser, address, seen = sign_in(), "/api/v1/creatives?state=ready", []
    while address:
        answer = browser.get(address).json
        assert answer["total"] == MANY
        seen += [creative["title"] for creative in answer["creatives"]]
        address = answer["next"]
    assert sorted(seen) == sorted(f"Poster {number}" for number in range(MANY))


def test_every_creative_is_on_some_page_of_the_console(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_many_creatives(db, make_advertiser(db).id)
    browser, address, seen = sign_in(), "/console/creatives?kind=image", []
    while address:
        page = browser.get(address).text
        seen += re.findall(r"<strong>(Poster \d+)</strong>", page)
        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
        assert "kind=image" in address or not address
    assert sorted(seen) == sorted(f"Poster {number}" for number in range(MANY))


@pytest.mark.parametrize(
    ("path", "name"),
    [("/console/creatives", "Élan"), ("/console/campaigns", "Spring 早餐"), ("/console/advertisers", "Tea House")],
)
def test_a_list_is_searched(sign_in: SignIn, engine: Engine, path: str, name: str) -> None:
    with transaction(engine) as db:
        advertiser = make_advertiser(db)
        make_creative(db, title="Élan")
        make_campaign(db, name="Spring 早餐", advertiser=advertiser)
    browser = sign_in()
    assert name in browser.get(path, query_string={"search": name.lower()}).text
    missed = browser.get(path, query_string={"search": "zebra <b>"}).text
    assert name not in missed
    assert "Nothing found for “zebra &lt;b&gt;”." in missed


def test_a_page_past_the_last_leads_back(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_creative(db)
    page = sign_in().get("/console/creatives?page=7").text
    assert "There is no page 7" in page
    assert 'rel="prev" href="/console/creatives?page=1"' in page
