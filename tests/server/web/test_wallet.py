from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import func, select, update

from media.phone.identity import COOKIE
from server.coupons.archive import archive_offer
from server.coupons.codes.derive import coupon_keys
from server.coupons.codes.read import read_shown
from server.coupons.models import Claim, Offer, Phone, RecoveryLink
from server.coupons.offers import pause_offer
from server.coupons.redeem import redeem_claim
from server.coupons.tills import Till
from server.db import new_id, reading, transaction, utc_now
from server.screens.models import Screen
from server.settings import Settings
from tests.factories import make_offer, make_screen

PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def offer(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, presence=False, terms="One for each table.")


@pytest.fixture
def at_screen(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, presence=True)


@pytest.fixture
def screen(engine: Engine) -> Screen:
    with transaction(engine) as db:
        return make_screen(db)


@pytest.fixture
def phone(app: Flask) -> Callable[[], FlaskClient]:
    return app.test_client


def claims_path(offer: Offer) -> str:
    return f"/api/v1/offers/{offer.id}/claims"


def claim(client: FlaskClient, offer: Offer, key: str | None = None, **ask: str) -> Any:
    return client.post(claims_path(offer), json=ask, headers={"Idempotency-Key": key or new_id()})


def claim_by_form(client: FlaskClient, offer: Offer, **form: str) -> Any:
    return client.post(claims_path(offer), data={"key": new_id(), **form}, headers=PAGE)


def own_path(settings: Settings, link: str) -> str:
    assert link.startswith(settings.public_url)
    return link.removeprefix(settings.public_url)


def count(engine: Engine, row: type) -> int:
    with transaction(engine) as db:
        return db.exec(select(func.count()).select_from(row)).one()


# --- claiming


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


# --- who the phone is


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


@pytest.mark.parametrize("path", ["/wallet/save", "/wallet/recover/" + "0" * 32])
def test_a_form_on_another_site_cannot_change_which_phone_this_is(client: FlaskClient, path: str) -> None:
    another = "1" * 32
    for site, kept in (("cross-site", None), ("same-origin", f"{COOKIE}={another}")):
        answer = client.post(path, data={"t": another}, headers={**PAGE, "Sec-Fetch-Site": site})
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0] or None
        assert cookie == kept


def test_looking_at_pages_writes_nothing_down(client: FlaskClient, offer: Offer, engine: Engine) -> None:
    for path in (f"/o/{offer.id}", "/wallet", "/api/v1/wallet"):
        assert client.get(path, headers=PAGE).status_code == 200
    assert count(engine, Phone) == 0


# --- pages


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


# --- save my coupons


def recovery_path(client: FlaskClient, settings: Settings) -> str:
    page = client.post("/wallet/save", headers=PAGE).text
    return own_path(settings, re.findall(r'href="([^"]+/wallet/recover/\w+)"', page)[0])


def test_saved_coupons_move_to_the_phone_that_confirms(
    client: FlaskClient, phone: Any, offer: Offer, settings: Settings, engine: Engine
) -> None:
    old = claim(client, offer).json
    path, other = recovery_path(client, settings), phone()
    assert "1 coupon comes to this phone" in other.get(path, headers=PAGE).text
    assert client.get("/api/v1/wallet").json["claims"], "asking moves nothing"
    assert other.post(path, headers=PAGE).location == "/wallet"
    (moved,) = other.get("/api/v1/wallet").json["claims"]
    assert moved["claim"] == old["claim"]
    assert moved["code"] != old["code"]
    assert client.get("/api/v1/wallet").json == {"claims": []}
    assert client.get(own_path(settings, old["wallet_url"]), headers=PAGE).status_code == 409


def test_a_saved_link_works_once(client: FlaskClient, phone: Any, offer: Offer, settings: Settings) -> None:
    claim(client, offer)
    path = recovery_path(client, settings)
    phone().post(path, headers=PAGE)
    again = phone().post(path, headers=PAGE)
    assert again.status_code == 409
    assert "used already" in again.text


def test_an_empty_wallet_has_nothing_to_save(client: FlaskClient, engine: Engine) -> None:
    assert client.post("/wallet/save", headers=PAGE).status_code == 409
    assert count(engine, RecoveryLink) == 0


def test_a_phone_that_moves_from_the_box_to_the_server_brings_its_coupons(
    phone: Callable[[], FlaskClient], offer: Offer
) -> None:
    at_box, at_server = phone(), phone()
    token = at_box.post("/api/v1/wallet/handover").json["token"]
    claimed = claim(at_box, offer).json["claim"]
    for coupons in (1, 0):
        answer = at_server.post("/api/v1/wallet/takeover", json={"token": token})
        assert (answer.status_code, answer.json) == (200, {"coupons": coupons})
    assert [entry["claim"] for entry in at_server.get("/api/v1/wallet").json["claims"]] == [claimed]
    assert at_box.get("/api/v1/wallet").json == {"claims": []}


@pytest.mark.parametrize("body", [{}, {"token": ""}, {"token": "x" * 201}, {"token": None}, [], {"token": "\x00"}])
def test_a_handover_that_is_none_writes_down_no_phone(
    phone: Callable[[], FlaskClient], engine: Engine, body: object
) -> None:
    assert phone().post("/api/v1/wallet/takeover", json=body).status_code in (404, 422)
    with reading(engine) as db:
        assert db.exec(select(func.count()).select_from(Phone)).one() == 0
