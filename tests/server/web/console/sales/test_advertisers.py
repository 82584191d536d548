from __future__ import annotations

import pytest
from sqlalchemy import Engine

from server.accounts.models import AuditEntry
from server.campaigns.models import Advertiser
from server.db import transaction
from tests.factories import NOON, make_advertiser
from tests.server.web.conftest import SignIn, rows

LIST = "/console/advertisers"


def test_an_advertiser_is_added_and_leads_to_its_campaign(sign_in: SignIn, engine: Engine) -> None:
    answer = sign_in().post(f"{LIST}/new", data={"name": "茶屋 <Tea>", "category": "tea"})
    advertiser = rows(engine, Advertiser)[0]
    assert answer.location == f"/console/campaigns/new?advertiser={advertiser.id}"
    assert (advertiser.name, advertiser.category) == ("茶屋 <Tea>", "tea")
    assert [entry.action for entry in rows(engine, AuditEntry)] == ["advertiser added"]


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "   "}, {"category": "c" * 41}])
def test_a_wrong_form_stays_typed_and_adds_nothing(sign_in: SignIn, engine: Engine, wrong: dict[str, str]) -> None:
    answer = sign_in().post(f"{LIST}/new", data={"name": "Tea House", "category": "tea", **wrong})
    assert answer.status_code == 422
    assert 'value="tea"' in answer.text or 'value="Tea House"' in answer.text
    assert rows(engine, Advertiser) == []


def test_an_advertiser_is_changed_on_its_page(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        tea = make_advertiser(db, category="tea")
    browser, page = sign_in(), f"{LIST}/{tea.id}"
    assert 'value="Tea House"' in browser.get(page).text
    assert browser.post(page, data={"name": "Coffee House"}).location == LIST
    assert (rows(engine, Advertiser)[0].name, rows(engine, Advertiser)[0].category) == ("Coffee House", "")
    assert browser.post(f"{LIST}/nobody", data={"name": "x"}).status_code == 404


def test_the_archived_are_listed_apart_and_names_are_searched(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        make_advertiser(db, name="Tea House")
        make_advertiser(db, name="滨江咖啡")
        make_advertiser(db, name="Gone", archived_at=NOON)
    browser = sign_in()
    shown = browser.get(LIST).text
    assert ("Tea House" in shown, "滨江咖啡" in shown, "Gone" in shown) == (True, True, False)
    assert "Gone" in browser.get(f"{LIST}?archived=true").text
    assert "Tea House" not in browser.get(LIST, query_string={"search": "咖啡"}).text
