"""A phone claims an offer, by a program or a form.

Covers: server.web.wallet.answers"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select, update

from media.phone.identity import COOKIE
from server.coupons.archive import archive_offer
from server.coupons.codes.read import read_shown
from server.coupons.models import Claim, Offer
from server.db import reading, transaction, utc_now
from server.screens.models import Screen
from server.settings import Settings
from tests.factories import make_offer
from tests.server.web.wallet.conftest import PAGE, claim, claim_by_form, claims_path, count


def test_a_program_claims_and_is_given_code_qr_and_link(client: FlaskClient, offer: Offer, settings: Settings) -> None:
    answer = claim(client, offer)
    assert answer.status_code == 201
    assert set(answer.json) == {"claim", "state", "code", "qr", "wallet_url", "expires_at"}
    assert answer.json["wallet_url"].startswith(f"{settings.public_url}/w/")
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}-.", answer.json["code"])
    assert read_shown(answer.json["code"])


def test_a_repeat_with_the_same_key_gets_the_same_answer(client: FlaskClient, offer: Offer, engine: Engine) -> None:
    first, again = claim(client, offer, "k"), claim(client, offer, "k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert {**first.json, "qr": ""} == {**again.json, "qr": ""}
    assert count(engine, Claim) == 1


def test_a_repeat_says_what_became_of_the_claim(client: FlaskClient, offer: Offer, engine: Engine) -> None:
    assert claim(client, offer, "k").json["state"] == "ready"
    with transaction(engine) as db:
        archive_offer(db, offer.id, now=utc_now())
    assert claim(client, offer, "k").json["state"] == "ready", "what is out stays good"
    for changed, state in (({"expires_at": utc_now()}, "expired"), ({"redeemed_at": utc_now()}, "redeemed")):
        with transaction(engine) as db:
            db.exec(update(Claim).values(**changed))
        assert claim(client, offer, "k").json["state"] == state


def test_a_phone_that_has_it_already_is_given_what_it_has(client: FlaskClient, offer: Offer) -> None:
    first, again = claim(client, offer), claim(client, offer)
    assert (again.status_code, again.json["claim"]) == (200, first.json["claim"])


def test_the_same_key_for_another_offer_is_refused(client: FlaskClient, offer: Offer, at_screen: Offer) -> None:
    claim(client, offer, "k")
    answer = claim(client, at_screen, "k")
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "key_reused")


def test_a_claim_without_a_key_is_refused(client: FlaskClient, offer: Offer) -> None:
    answer = client.post(claims_path(offer), json={})
    assert (answer.status_code, answer.json["error"]["code"]) == (422, "key_asked")


def test_an_offer_that_is_out_says_so(client: FlaskClient, phone: Any, engine: Engine) -> None:
    with transaction(engine) as db:
        last = make_offer(db, stock=1, presence=False)
    claim(client, last)
    answer = claim(phone(), last)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "offer_sold_out")


def test_a_phone_that_is_not_at_the_screen_is_sent_there(client: FlaskClient, at_screen: Offer, screen: Screen) -> None:
    refused = claim(client, at_screen, screen=screen.code, presence="stale")
    assert (refused.status_code, refused.json["error"]["code"]) == (403, "presence_asked")
    assert "Scan the code on the screen again" in refused.json["error"]["remedy"]


def test_a_screen_that_does_not_exist_is_reported(client: FlaskClient, offer: Offer) -> None:
    assert claim(client, offer, screen="NOWHERE").json["error"]["code"] == "no_such_screen_code"


@pytest.mark.parametrize("body", ["[]", "7", '{"screen": 5}', '{"screen": "' + "x" * 99 + '"}'])
def test_a_body_of_the_wrong_shape_is_refused(client: FlaskClient, offer: Offer, body: str) -> None:
    answer = client.post(
        claims_path(offer), data=body, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 422


@pytest.mark.parametrize("body", ["{", "not JSON", '{"screen": "a"'])
def test_a_body_that_cannot_be_read_claims_nothing(
    client: FlaskClient, offer: Offer, engine: Engine, body: str
) -> None:
    answer = client.post(
        claims_path(offer), data=body, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    assert answer.status_code == 400
    with reading(engine) as db:
        assert db.exec(select(Claim)).all() == []


def test_a_phone_without_script_claims_by_a_form_and_sees_its_coupon(client: FlaskClient, offer: Offer) -> None:
    answer = claim_by_form(client, offer)
    assert (answer.status_code, answer.location[:3]) == (303, "/w/")
    assert offer.title in client.get(answer.location, headers=PAGE).text


def test_a_form_that_is_refused_answers_with_a_page(client: FlaskClient, at_screen: Offer) -> None:
    answer = claim_by_form(client, at_screen)
    assert (answer.status_code, answer.mimetype) == (403, "text/html")
    assert "Scan the code on the screen again" in answer.text


def test_a_phone_is_a_cookie_that_scripts_cannot_read(client: FlaskClient, offer: Offer) -> None:
    cookie = claim(client, offer).headers["Set-Cookie"]
    assert cookie.startswith(COOKIE)
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_over_https_the_cookie_is_secure(client: FlaskClient, offer: Offer) -> None:
    answer = client.post(claims_path(offer), json={}, headers={"Idempotency-Key": "k"}, base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]


def test_where_there_is_a_cookie_it_counts_and_not_the_address(phone: Any, offer: Offer) -> None:
    mine, other = phone(), phone()
    my_claim = claim(mine, offer).json["claim"]
    claim(other, offer)
    others_token = other.get_cookie(COOKIE).value
    (held,) = mine.get(f"/api/v1/wallet?t={others_token}").json["claims"]
    assert held["claim"] == my_claim
