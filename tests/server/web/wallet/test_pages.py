"""The pages of an offer, of a wallet and of a coupon.

Covers: server.web.wallet.blueprint
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from server.coupons.codes.derive import coupon_keys
from server.coupons.codes.read import read_shown
from server.coupons.models import Offer, Phone
from server.coupons.offers import pause_offer
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.db import transaction, utc_now
from server.settings import Settings
from tests.factories import make_offer
from tests.server.web.wallet.conftest import PAGE, claim, count, own_path


def test_looking_at_pages_writes_nothing_down(client: FlaskClient, offer: Offer, engine: Engine) -> None:
    for path in (f"/o/{offer.id}", "/wallet", "/api/v1/wallet"):
        assert client.get(path, headers=PAGE).status_code == 200
    assert count(engine, Phone) == 0


def test_an_offers_page_shows_terms_and_stock_and_claims(client: FlaskClient, offer: Offer) -> None:
    page = client.get(f"/o/{offer.id}", headers=PAGE).text
    for words in (offer.title, offer.terms, "Noodle Bar", "12 left", "Claim this coupon"):
        assert words in page


def test_without_presence_the_page_says_what_to_do(client: FlaskClient, at_screen: Offer) -> None:
    page = client.get(f"/o/{at_screen.id}", headers=PAGE).text
    assert "Scan the code in the line at the bottom of the screen" in page
    assert "Claim this coupon" not in page
    assert "Claim this coupon" in client.get(f"/o/{at_screen.id}?s=X&p=Y", headers=PAGE).text


def test_an_offer_that_is_out_is_not_shown_as_claimable(client: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        out = make_offer(db, stock=3, stock_left=0, presence=False)
    page = client.get(f"/o/{out.id}", headers=PAGE).text
    assert "All pieces are gone." in page
    assert "Claim this coupon" not in page


def test_a_phone_that_has_the_coupon_is_shown_the_way_to_it(client: FlaskClient, offer: Offer) -> None:
    link = claim(client, offer).json["wallet_url"]
    page = client.get(f"/o/{offer.id}", headers=PAGE).text
    assert link in page
    assert "Claim this coupon" not in page


def test_the_stock_is_updated_while_the_page_is_open(client: FlaskClient, offer: Offer, engine: Engine) -> None:
    claim(client, offer)
    path = f"/api/v1/offers/{offer.id}/stock"
    assert client.get(path).json == {"offer": offer.id, "left": 11, "standing": "open"}
    with transaction(engine) as db:
        pause_offer(db, offer.id, now=utc_now())
    assert client.get(path).json == {"offer": offer.id, "left": 0, "standing": "paused"}


@pytest.mark.parametrize("path", ["/o/nothing", "/w/nothing", "/w/" + "A" * 32, "/wallet/recover/nothing"])
def test_a_page_says_that_its_subject_does_not_exist(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=PAGE)
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_the_coupons_page_shows_code_number_and_qr_to_anyone_with_the_link(
    client: FlaskClient, phone: Any, offer: Offer, settings: Settings
) -> None:
    answer = claim(client, offer).json
    page = phone().get(own_path(settings, answer["wallet_url"]), headers=PAGE)
    assert answer["code"] in page.text
    assert re.search(r"data-number>\d{4}<", page.text)
    assert "<svg" in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"


def test_a_used_coupon_shows_when_and_where_and_no_code(
    client: FlaskClient, offer: Offer, settings: Settings, engine: Engine
) -> None:
    answer = claim(client, offer).json
    path = own_path(settings, answer["wallet_url"])
    state = "/api/v1/claims" + path.removeprefix("/w")
    assert client.get(state).json == {"state": "ready"}
    with transaction(engine) as db:
        till, keys = Till(merchant_id=None, name="till 4"), coupon_keys(settings.secret_key)
        redeem_claim(db, read_shown(answer["qr"]), till=till, keys=keys, now=utc_now())
    page = client.get(path, headers=PAGE).text
    assert "till 4" in page
    assert answer["code"] not in page
    assert "data-secret" not in page
    assert client.get(state).json == {"state": "redeemed"}
    assert client.get("/api/v1/wallet").json["claims"][0]["state"] == "redeemed"


def test_the_wallet_is_this_phones_own(client: FlaskClient, phone: Any, offer: Offer) -> None:
    mine = claim(client, offer).json
    assert [claim["claim"] for claim in client.get("/api/v1/wallet").json["claims"]] == [mine["claim"]]
    assert phone().get("/api/v1/wallet").json == {"claims": []}
    assert offer.title in client.get("/wallet", headers=PAGE).text


def test_a_page_speaks_the_browsers_language(client: FlaskClient, offer: Offer) -> None:
    page = client.get(f"/o/{offer.id}", headers={**PAGE, "Accept-Language": "zh-CN,zh;q=0.9"}).text
    assert 'lang="zh-CN"' in page
    assert "领取" in page
    assert "Claim" not in page


def test_pages_load_nothing_from_outside(client: FlaskClient, offer: Offer) -> None:
    page = client.get(f"/o/{offer.id}", headers=PAGE)
    assert not re.findall(r'(?:src|href)="(?:https?:)?//(?!127\.0\.0\.1)', page.text)
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
