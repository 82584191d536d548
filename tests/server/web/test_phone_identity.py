"""Which phone it is: a cookie, or `t` in an address that one of our own pages made."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine

from media.phone.identity import COOKIE
from media.phone.tokens import new_token
from server.coupons.models import Offer
from server.coupons.wallets.phones import find_phone
from server.db import new_id, transaction
from tests.factories import make_offer, make_screen

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
OWN = "http://localhost"
ELSEWHERE = "http://elsewhere.example"

# Headers that browsers send from one of our own pages: on https and localhost, by http, and with a form by http.
FROM_US = [{"Sec-Fetch-Site": "same-origin"}, {"Referer": f"{OWN}/s/ABCDEF?p=x"}, {"Origin": OWN}]
# Another site, a sister of ours, a link in a messenger or typed; by http a page that hides where it is, or does not.
FROM_ELSEWHERE = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "cross-site", "Referer": f"{OWN}/wallet"},
    {},
    {"Referer": f"{ELSEWHERE}/page"},
    {"Referer": f"{OWN}.elsewhere.example/"},
    {"Referer": f"{OWN}:8080/"},
    {"Origin": "null"},
]
POSTED_FROM_ELSEWHERE = [headers for headers in FROM_ELSEWHERE if headers]


@pytest.fixture
def offer(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, presence=False)


@pytest.fixture
def sheet(app: Flask) -> FlaskClient:
    """An iPhone's captive sheet: it keeps no cookie."""
    return app.test_client(use_cookies=False)


def claim_by_form(client: FlaskClient, offer: Offer, token: str, headers: dict[str, str]) -> Any:
    form = {"key": new_id(), "t": token}
    return client.post(f"/api/v1/offers/{offer.id}/claims", data=form, headers={**PAGE, **headers})


def holds(engine: Engine, token: str) -> bool:
    """A phone is written down when it claims."""
    with transaction(engine) as db:
        return find_phone(db, token) is not None


@pytest.mark.parametrize("headers", FROM_US)
def test_a_phone_without_cookies_goes_on_by_the_token_of_its_pages(
    sheet: FlaskClient, offer: Offer, headers: dict[str, str]
) -> None:
    (token,) = re.findall(r'name="t" value="(\w+)"', sheet.get(f"/o/{offer.id}", headers=PAGE).text)
    claimed = claim_by_form(sheet, offer, token, headers)
    coupon = sheet.get(claimed.location, headers={**PAGE, **headers}).text
    assert f"/wallet?t={token}" in coupon
    wallet = sheet.get(f"/wallet?t={token}", headers={**PAGE, **headers}).text
    assert offer.title in wallet
    assert claimed.location in wallet, "from a coupon the way leads back"
    assert claimed.location in sheet.get(f"/o/{offer.id}?t={token}", headers={**PAGE, **headers}).text
    assert f'name="t" value="{token}"' in wallet, "saving goes on with the same phone"
    assert offer.title not in sheet.get("/wallet", headers={**PAGE, **headers}).text


def test_the_phone_page_goes_on_with_the_token_of_its_own_links(sheet: FlaskClient, engine: Engine) -> None:
    with transaction(engine) as db:
        path = f"/s/{make_screen(db).code}?t={'2' * 32}"
    assert "2" * 32 in sheet.get(path, headers={**PAGE, **FROM_US[0]}).text
    assert "2" * 32 not in sheet.get(path, headers={**PAGE, **FROM_ELSEWHERE[0]}).text


@pytest.mark.parametrize("headers", FROM_ELSEWHERE)
@pytest.mark.parametrize("path", ["/wallet", "/o/{offer}"])
def test_a_link_from_elsewhere_makes_no_phone_anothers(
    client: FlaskClient, offer: Offer, headers: dict[str, str], path: str
) -> None:
    attackers = new_token()
    page = client.get(path.format(offer=offer.id), query_string={"t": attackers}, headers={**PAGE, **headers})
    assert page.status_code == 200
    assert attackers not in page.text
    assert client.get_cookie(COOKIE).value != attackers


@pytest.mark.parametrize("headers", POSTED_FROM_ELSEWHERE)
def test_a_form_from_elsewhere_fills_nobodys_wallet(
    client: FlaskClient, offer: Offer, engine: Engine, headers: dict[str, str]
) -> None:
    attackers = new_token()
    answer = claim_by_form(client, offer, attackers, headers)
    assert not holds(engine, attackers)
    assert "Set-Cookie" not in answer.headers


def test_a_program_may_claim_by_token_alone(sheet: FlaskClient, offer: Offer, engine: Engine) -> None:
    token = new_token()
    assert claim_by_form(sheet, offer, token, {}).status_code == 303
    assert holds(engine, token)
