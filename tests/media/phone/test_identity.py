"""The phone that makes a request; the journeys of a phone through the server's pages are in tests/server/web."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from media.phone.identity import COOKIE, FIELD, own_address, phone_token
from media.phone.tokens import is_token, new_token

OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def client() -> FlaskClient:
    """A page that says which phone it was opened by, and where its link leads."""
    app = Flask("box")

    @app.route("/", methods=["GET", "POST"])
    def page() -> str:
        return f"{phone_token()} {own_address('/w/link')}"

    return app.test_client(use_cookies=False)


def opened(client: FlaskClient, **more: object) -> tuple[str, str]:
    """The phone, and where its link leads."""
    phone, link = client.get("/", **more).text.split()  # type: ignore[arg-type]
    return phone, link


def test_a_phone_that_is_new_gets_a_token_that_pages_carry_until_its_cookie_is_sent(client: FlaskClient) -> None:
    phone, link = opened(client)
    assert is_token(phone)
    assert link == f"/w/link?{FIELD}={phone}"
    assert opened(client, headers={"Cookie": f"{COOKIE}={phone}"}) == (phone, "/w/link")


def test_the_cookie_is_hidden_from_scripts_and_the_page_is_not_stored(client: FlaskClient) -> None:
    answer = client.get("/")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(answer.headers["Set-Cookie"].split("; "))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Secure" in client.get("/", base_url="https://localhost").headers["Set-Cookie"]


def test_the_address_names_the_phone_only_on_our_own_pages(client: FlaskClient) -> None:
    mine = new_token()
    assert opened(client, query_string={FIELD: mine}, headers=OURS)[0] == mine
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Referer": "http://localhost.elsewhere.example/"}):
        assert opened(client, query_string={FIELD: mine}, headers=headers)[0] != mine


def test_the_cookie_goes_before_the_address(client: FlaskClient) -> None:
    mine, other = new_token(), new_token()
    assert opened(client, query_string={FIELD: other}, headers={**OURS, "Cookie": f"{COOKIE}={mine}"})[0] == mine


@pytest.mark.parametrize("forged", ["", "short", "x" * 500, "<script>", "../../etc"])
def test_a_token_that_we_did_not_make_is_replaced(client: FlaskClient, forged: str) -> None:
    assert is_token(opened(client, headers={"Cookie": f"{COOKIE}={forged}"})[0])
    assert is_token(opened(client, query_string={FIELD: forged}, headers=OURS)[0])


def test_a_form_on_another_site_does_not_replace_the_phones_cookie(client: FlaskClient) -> None:
    assert "Set-Cookie" not in client.post("/", headers={"Origin": "http://elsewhere.example"}).headers
    assert "Set-Cookie" in client.post("/", headers={"Origin": "http://localhost"}).headers
