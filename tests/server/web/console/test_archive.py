"""Archiving in the console: what hangs on a thing is said before, and one press takes it back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Engine

from server.accounts.models import Role
from server.campaigns.models import CampaignState
from server.db import transaction
from tests.factories import make_advertiser, make_campaign, make_creative, make_merchant, make_offer, make_person
from tests.server.web.conftest import SignIn

RUNS = {"starts_on": date(2026, 3, 1), "ends_on": date(2999, 1, 1)}


@pytest.fixture
def pages(engine: Engine) -> dict[str, tuple[str, str, list[str]]]:
    """By kind of thing: its page, its list, and what the page says of what hangs on it."""
    with transaction(engine) as db:
        advertiser, merchant = make_advertiser(db, name="Tea House"), make_merchant(db, name="Noodle Bar")
        offer = make_offer(db, merchant=merchant, title="One bowl free")
        coupon = make_creative(db, kind="coupon", offer_id=offer.id, advertiser_id=advertiser.id)
        make_campaign(db, name="Autumn", advertiser=advertiser, creatives=[coupon], **RUNS)
        make_campaign(db, name="Winter", advertiser=advertiser, state=CampaignState.DRAFT, **RUNS)
        make_person(db, role=Role.MERCHANT, merchant_id=merchant.id)
    hangs = ["go on until they end: Autumn.", "cannot be booked: Winter.", "1 creative of it stays."]
    sells = ["can no longer be claimed: One bowl free.", "1 person can still sign in for it."]
    return {
        "Tea House": (f"/console/advertisers/{advertiser.id}", "/console/advertisers", hangs),
        "Noodle Bar": (f"/console/merchants/{merchant.id}", "/console/merchants", sells),
        "One bowl free": (f"/console/offers/{offer.id}", "/console/offers", ["these campaigns, as over: Autumn."]),
    }


@pytest.mark.parametrize("name", ["Tea House", "Noodle Bar", "One bowl free"])
def test_archiving_warns_of_dependents_and_can_be_undone(
    sign_in: SignIn, pages: dict[str, tuple[str, str, list[str]]], name: str
) -> None:
    client = sign_in()
    page, all_of_them, hangs = pages[name]
    said = client.get(page).text
    assert [line for line in hangs if line not in said] == []
    shown = client.post(f"{page}/archive", follow_redirects=True)
    assert shown.request.path == all_of_them
    assert f"“{name}” is archived." in shown.text
    assert f'action="{page}/restore"' in shown.text
    link = f'href="{page}"'
    assert link not in client.get(all_of_them).text
    assert link in client.get(f"{all_of_them}?archived=1&search={name[:3]}").text
    assert client.post(f"{page}/restore").location == page
    assert link in client.get(all_of_them).text


def test_offers_are_found_by_title_merchant_and_state(sign_in: SignIn, engine: Engine) -> None:
    with transaction(engine) as db:
        for name, title in (("Café Zoë", "Tea"), ("Bar", "Bowl")):
            make_offer(db, merchant=make_merchant(db, name=name), title=title)
    client = sign_in()
    assert "Bowl" not in client.get("/console/offers?search=ZOË+tea").text
    assert "Tea" in client.get("/console/offers?search=ZOË+tea").text
    assert "Nothing of this kind." in client.get("/console/offers?state=paused").text
