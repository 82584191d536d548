"""The counter's page: codes are typed or scanned, and today's redemptions are listed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from server.accounts.models import Role
from server.coupons.models import Claim, Merchant, Offer, Redemption
from server.coupons.wallets.wallet import Copy
from server.db import new_id, transaction, utc_now
from server.settings import Settings
from server.web.words.coupons import good_until, seconds_text
from tests.factories import make_merchant, make_offer
from tests.server.web.conftest import SignIn
from tests.server.web.counter.conftest import new_coupon, unknown_code


def type_in(client: FlaskClient, shown: str, **more: str) -> Any:
    return client.post("/counter", data={"shown": shown, "key": new_id(), **more})


def redeem_on_page(client: FlaskClient, shown: str, **more: str) -> Any:
    """The page that follows a redemption."""
    answer = type_in(client, shown, **more)
    assert answer.status_code == 303
    return client.get(answer.location)


def test_the_counter_is_for_people_who_may_redeem(client: FlaskClient, sign_in: SignIn) -> None:
    assert client.get("/counter").status_code == 302
    assert sign_in(Role.VIEWER).get("/counter").status_code == 403


@pytest.mark.parametrize("role", [Role.STAFF, Role.MERCHANT, Role.OWNER])
def test_staff_merchants_and_owners_may(sign_in: SignIn, merchant: Merchant, role: Role) -> None:
    assert sign_in(role, merchant_id=merchant.id).get("/counter").status_code == 200


def test_a_scanned_qr_shows_the_offer_and_its_terms(
    staff: FlaskClient, coupon: Copy, offer: Offer, merchant: Merchant, engine: Engine
) -> None:
    answer = redeem_on_page(staff, coupon.qr)
    with transaction(engine) as db:
        at = db.exec(select(Redemption)).one().redeemed_at
    for words in ("Redeemed", seconds_text(at, merchant), offer.title, offer.terms, "Claimed"):
        assert words in answer.text


@pytest.mark.parametrize("again", ["same browser", "another till"])
def test_a_page_that_is_loaded_again_shows_the_earlier_redemption(
    staff: FlaskClient, sign_in: SignIn, merchant: Merchant, coupon: Copy, engine: Engine, again: str
) -> None:
    page = type_in(staff, coupon.qr).location
    assert 'id="fresh"' in staff.get(page).text
    with transaction(engine) as db:
        redemption = db.exec(select(Redemption)).one()
        redemption.redeemed_at -= timedelta(hours=1)
        redeemed_at = redemption.redeemed_at
    browser = staff if again == "same browser" else sign_in(Role.STAFF, email="b@example.org", merchant_id=merchant.id)
    text = browser.get(page).text
    assert 'id="fresh"' not in text
    assert "Redeemed earlier" in text
    assert seconds_text(redeemed_at, merchant) in text
    assert "Nothing was redeemed just now." in text
    assert "hidden" not in re.search(r'<section[^>]*id="earlier"[^>]*>', text)[0]  # type: ignore[index]
    with transaction(engine) as db:
        assert len(db.exec(select(Redemption)).all()) == 1


def test_a_redemption_that_was_taken_back_says_so(
    staff: FlaskClient, sign_in: SignIn, merchant: Merchant, coupon: Copy
) -> None:
    page = type_in(staff, coupon.qr).location
    boss = sign_in(Role.MERCHANT, merchant_id=merchant.id)
    boss.post(f"{page}/reversal", data={"reason": "Wrong table"})
    assert "<h2>Taken back" in boss.get(page).text


def test_a_key_that_comes_again_much_later_is_no_news(staff: FlaskClient, coupon: Copy, engine: Engine) -> None:
    redeem_on_page(staff, coupon.qr, key="same")
    with transaction(engine) as db:
        db.exec(select(Redemption)).one().redeemed_at -= timedelta(minutes=1)
    assert 'id="fresh"' not in redeem_on_page(staff, coupon.qr, key="same").text


def test_another_merchants_redemption_is_not_shown(
    staff: FlaskClient, sign_in: SignIn, engine: Engine, coupon: Copy
) -> None:
    page = type_in(staff, coupon.qr).location
    with transaction(engine) as db:
        other = make_merchant(db, name="Tea House")
    stranger = sign_in(Role.STAFF, email="tea@example.org", merchant_id=other.id)
    assert stranger.get(page).status_code == 404
    assert stranger.get("/counter/redemptions/nothing").status_code == 404


def test_a_used_coupon_is_refused_with_when_and_at_which_till(staff: FlaskClient, coupon: Copy) -> None:
    staff.post("/counter/till", data={"name": "till 7"})
    type_in(staff, coupon.qr)
    again = type_in(staff, coupon.qr)
    assert again.status_code == 409
    assert re.search(r"Used on \w+ \d+, \d{4} \d\d:\d\d at Noodle Bar, till 7\.", again.text)


def test_a_page_sent_twice_redeems_once(staff: FlaskClient, coupon: Copy, engine: Engine) -> None:
    for _ in range(2):
        assert 'id="fresh"' in redeem_on_page(staff, coupon.qr, key="same").text
    with transaction(engine) as db:
        assert len(db.exec(select(Redemption)).all()) == 1


def test_the_page_asks_before_a_static_code_is_redeemed(staff: FlaskClient, coupon: Copy, engine: Engine) -> None:
    asked = type_in(staff, coupon.code)
    assert "Redeem by the code alone" in asked.text
    assert "by the code alone" in redeem_on_page(staff, coupon.code, static_ok="1").text
    with transaction(engine) as db:
        assert [redemption.how for redemption in db.exec(select(Redemption)).all()] == ["static"]


def test_expired_and_outside_hours_say_when(
    staff: FlaskClient, engine: Engine, merchant: Merchant, settings: Settings
) -> None:
    today = utc_now().astimezone().weekday()
    with transaction(engine) as db:
        never_now = make_offer(db, merchant=merchant, presence=False, weekdays=str((today + 3) % 7))
        over = make_offer(db, merchant=merchant, presence=False)
    assert "It is good: " in type_in(staff, new_coupon(engine, never_now, settings).qr).text
    late = new_coupon(engine, over, settings)
    ended = datetime(2026, 10, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    with transaction(engine) as db:
        for claim in db.exec(select(Claim).where(Claim.offer_id == over.id)):
            claim.expires_at = ended
    assert "It was good until Oct 31, 2026 23:59." in type_in(staff, late.qr).text
    assert good_until(ended, merchant) == "Oct 31, 2026 23:59"  # as the phone says


def test_todays_redemptions_stand_below_and_can_be_taken_back(
    staff: FlaskClient, sign_in: SignIn, merchant: Merchant, coupon: Copy, engine: Engine, offer: Offer
) -> None:
    type_in(staff, coupon.qr)
    with transaction(engine) as db:
        redemption = db.exec(select(Redemption)).one()
    path = f"/counter/redemptions/{redemption.id}/reversal"
    assert path not in staff.get("/counter").text
    assert staff.post(path, data={"reason": "Wrong table"}).status_code == 403
    boss = sign_in(Role.MERCHANT, merchant_id=merchant.id)
    assert path in boss.get("/counter").text
    assert boss.post(path, data={"reason": "Wrong table"}).status_code == 303
    assert "Taken back: Wrong table" in boss.get("/counter").text
    assert type_in(staff, coupon.qr).status_code == 303


def test_a_merchant_does_not_see_anothers_redemptions(
    staff: FlaskClient, sign_in: SignIn, engine: Engine, coupon: Copy, offer: Offer
) -> None:
    type_in(staff, coupon.qr)
    with transaction(engine) as db:
        other = make_merchant(db, name="Tea House")
    assert offer.title not in sign_in(Role.STAFF, merchant_id=other.id).get("/counter").text


def test_the_pages_forms_carry_a_csrf_token(staff: FlaskClient, app: Flask, coupon: Copy) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert 'name="csrf_token"' in staff.get("/counter").text
    assert type_in(staff, coupon.qr).status_code == 400


def test_wrong_codes_on_the_page_are_counted_too(staff: FlaskClient, coupon: Copy) -> None:
    for _ in range(10):
        assert type_in(staff, unknown_code()).status_code == 404
    eleventh = type_in(staff, coupon.qr)
    assert eleventh.status_code == 429
    assert 1 <= int(eleventh.headers["Retry-After"]) <= 60
    for kept in ("There were too many tries", "may be correct", "Try again in ", 'id="shown"', coupon.qr):
        assert kept in eleventh.text


def test_the_page_keeps_a_mistyped_code_for_correction(staff: FlaskClient) -> None:
    answer = type_in(staff, "ABCD-EFGH")
    assert answer.status_code == 422
    assert 'value="ABCD-EFGH"' in answer.text
    assert "No code has: 你 好" in type_in(staff, "你好").text


def test_the_counter_speaks_the_browsers_language(staff: FlaskClient, coupon: Copy) -> None:
    chinese = {"Accept-Language": "zh-CN"}
    answer = staff.post("/counter", data={"shown": coupon.qr, "key": "k"}, headers=chinese)
    assert "已核销" in staff.get(answer.location, headers=chinese).text
