from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from media.coupon_codes import CODE_LENGTH
from media.phone.tokens import new_token
from media.symbols import check_symbol, former_check_symbol
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import AuditEntry, Role
from server.coupons.claims import claim_offer
from server.coupons.codes.derive import coupon_keys
from server.coupons.models import Claim, Merchant, Offer, Redemption
from server.coupons.wallets.phones import phone_of_token
from server.coupons.wallets.wallet import Copy, copy_of
from server.db import new_id, transaction, utc_now
from server.settings import Settings
from server.web.words.coupons import good_until, seconds_text
from tests.factories import make_merchant, make_offer, wrong_number
from tests.rig.phones.keyboards import french_scanner, german
from tests.server.web.conftest import SignIn


@pytest.fixture
def merchant(engine: Engine) -> Merchant:
    with transaction(engine) as db:
        return make_merchant(db)


@pytest.fixture
def offer(engine: Engine, merchant: Merchant) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, merchant=merchant, presence=False, terms="One for each table.")


@pytest.fixture
def coupon(engine: Engine, offer: Offer, settings: Settings) -> Copy:
    """The code and QR that a phone shows of a claim that it has just made."""
    return new_coupon(engine, offer, settings)


def new_coupon(engine: Engine, offer: Offer, settings: Settings) -> Copy:
    keys, now = coupon_keys(settings.secret_key), utc_now()
    with transaction(engine) as db:
        phone = phone_of_token(db, new_token(), now=now)
        wish: dict[str, Any] = {"presence": "", "idempotency_key": new_id(), "screen_id": None}
        return copy_of(claim_offer(db, offer.id, phone=phone, keys=keys, now=now, **wish), keys, now)


@pytest.fixture
def staff(sign_in: SignIn, merchant: Merchant) -> FlaskClient:
    return sign_in(Role.STAFF, merchant_id=merchant.id)


def unknown_code() -> str:
    """A well-formed code that nobody was given."""
    code = "0" * CODE_LENGTH
    return code + check_symbol(code)


def key_headers(engine: Engine, merchant: Merchant, role: Role = Role.STAFF) -> dict[str, str]:
    with transaction(engine) as db:
        _, secret = make_key(db, KeyForm(name="Till program", role=role, merchant_id=merchant.id), now=utc_now())
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def machine(engine: Engine, merchant: Merchant) -> dict[str, str]:
    return key_headers(engine, merchant)


def redeem(client: FlaskClient, headers: dict[str, str], *, key: str | None = None, **ask: Any) -> Any:
    return client.post("/api/v1/redemptions", json=ask, headers={**headers, "Idempotency-Key": key or new_id()})


def type_in(client: FlaskClient, shown: str, **more: str) -> Any:
    return client.post("/counter", data={"shown": shown, "key": new_id(), **more})


def redeem_on_page(client: FlaskClient, shown: str, **more: str) -> Any:
    """The page that follows a redemption."""
    answer = type_in(client, shown, **more)
    assert answer.status_code == 303
    return client.get(answer.location)


# --- a till's own program


def test_a_till_redeems_a_qr_by_its_key(client: FlaskClient, machine: Any, coupon: Copy, offer: Offer) -> None:
    answer = redeem(client, machine, qr=coupon.qr, till="till 3")
    assert answer.status_code == 201
    assert answer.json["offer"]["title"] == offer.title
    assert answer.json["how"] == "live"
    assert {"redemption", "claimed_at"} <= set(answer.json)


def test_a_second_till_learns_when_and_where_the_code_was_used(client: FlaskClient, machine: Any, coupon: Copy) -> None:
    redeem(client, machine, qr=coupon.qr, till="till 3")
    again = redeem(client, machine, qr=coupon.qr, till="till 4")
    assert (again.status_code, again.json["error"]["code"]) == (409, "already_redeemed")
    assert re.search(r"used at \d\d:\d\d on \d{4}-\d\d-\d\d at Noodle Bar, till 3", again.json["error"]["message"])


def test_a_repeat_with_the_same_key_gets_the_same_redemption(client: FlaskClient, machine: Any, coupon: Copy) -> None:
    first, again = (redeem(client, machine, key="k", qr=coupon.qr) for _ in range(2))
    assert (again.status_code, again.json) == (201, first.json)


def test_the_code_alone_requires_discretion(client: FlaskClient, machine: Any, coupon: Copy) -> None:
    asked = redeem(client, machine, code=coupon.code)
    assert (asked.status_code, asked.json["error"]["code"]) == (409, "static_code_shown")
    assert redeem(client, machine, code=coupon.code, static_ok=True).json["how"] == "static"


def test_the_code_with_its_number_is_live(client: FlaskClient, machine: Any, coupon: Copy) -> None:
    assert redeem(client, machine, code=f"{coupon.code} {coupon.number}").json["how"] == "live"


@pytest.mark.parametrize("ask", [{}, {"code": "a", "qr": "b"}, {"code": "x" * 121}])
def test_a_redemption_of_the_wrong_shape_is_refused(client: FlaskClient, machine: Any, ask: dict[str, str]) -> None:
    assert redeem(client, machine, **ask).status_code == 422


def test_a_redemption_needs_a_key(client: FlaskClient, machine: Any, coupon: Copy) -> None:
    answer = client.post("/api/v1/redemptions", json={"qr": coupon.qr}, headers=machine)
    assert answer.json["error"]["code"] == "key_asked"


def test_a_stranger_redeems_nothing(client: FlaskClient, coupon: Copy, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    assert redeem(client, {}, qr=coupon.qr).status_code == 401
    assert redeem(client, {"Authorization": "Bearer lck_wrong"}, qr=coupon.qr).status_code == 401


def test_another_merchants_till_is_refused(client: FlaskClient, engine: Engine, coupon: Copy) -> None:
    with transaction(engine) as db:
        other = make_merchant(db, name="Tea House")
    answer = redeem(client, key_headers(engine, other), qr=coupon.qr)
    assert (answer.status_code, answer.json["error"]["code"]) == (409, "other_merchant")


def test_wrong_codes_get_the_same_answer_and_only_ten_a_minute(client: FlaskClient, machine: Any, coupon: Copy) -> None:
    tries = [unknown_code(), coupon.code + wrong_number(coupon, utc_now()), "QC1" + "0" * 34]
    answers = [redeem(client, machine, code=tries[n % 3]) for n in range(10)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({str(answer.json) for answer in answers}) == 1
    refused = redeem(client, machine, qr=coupon.qr)
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "too_many_tries")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize(
    ("typed", "named"),
    [("你好", "foreign_characters"), ("ABCD-EFGH", "incomplete_code"), ("0000-0000-0000-1", "misread_code")],
)
def test_a_text_that_is_no_code_is_named_and_does_not_count_as_a_guess(
    client: FlaskClient, machine: Any, coupon: Copy, typed: str, named: str
) -> None:
    answers = [redeem(client, machine, code=typed) for _ in range(12)]
    assert {(answer.status_code, answer.json["error"]["code"]) for answer in answers} == {(422, named)}
    assert redeem(client, machine, qr=coupon.qr).status_code == 201


def test_a_scanner_that_thinks_of_another_keyboard_redeems(
    client: FlaskClient, machine: Any, engine: Engine, offer: Offer, settings: Settings
) -> None:
    for keyboard in (german, french_scanner):
        qr = keyboard(new_coupon(engine, offer, settings).qr)
        assert redeem(client, machine, qr=f"{qr}\r\n").json["how"] == "live"


def test_a_code_of_before_is_redeemed_by_its_former_check_symbol(
    client: FlaskClient, machine: Any, coupon: Copy
) -> None:
    printed = coupon.code[:12] + former_check_symbol(coupon.code[:12])
    assert redeem(client, machine, code=f"{printed} {coupon.number}").json["how"] == "live"


def test_right_codes_are_not_counted(
    client: FlaskClient, machine: Any, engine: Engine, offer: Offer, settings: Settings
) -> None:
    for _ in range(11):
        assert redeem(client, machine, qr=new_coupon(engine, offer, settings).qr).status_code == 201


def test_staff_cannot_reverse_but_the_merchant_can(
    client: FlaskClient, machine: Any, engine: Engine, merchant: Merchant, coupon: Copy
) -> None:
    redemption = redeem(client, machine, qr=coupon.qr, key="k").json["redemption"]
    path = f"/api/v1/redemptions/{redemption}/reversal"
    assert client.post(path, json={"reason": "Wrong table"}, headers=machine).status_code == 403
    allowed = key_headers(engine, merchant, Role.MERCHANT)
    assert client.post(path, json={"reason": " "}, headers=allowed).status_code == 422
    assert client.post(path, json={"reason": "Wrong table"}, headers=allowed).status_code == 201
    assert client.post(path, json={"reason": "Wrong table"}, headers=allowed).status_code == 409
    repeated = redeem(client, machine, qr=coupon.qr, key="k")
    assert (repeated.status_code, repeated.json["error"]["code"]) == (409, "redemption_reversed")
    assert redeem(client, machine, qr=coupon.qr).status_code == 201


def test_a_reversal_is_in_the_audit(
    client: FlaskClient, machine: Any, engine: Engine, merchant: Merchant, coupon: Copy
) -> None:
    redemption = redeem(client, machine, qr=coupon.qr).json["redemption"]
    headers = key_headers(engine, merchant, Role.MERCHANT)
    client.post(f"/api/v1/redemptions/{redemption}/reversal", json={"reason": "Wrong table"}, headers=headers)
    with transaction(engine) as db:
        (entry,) = db.exec(select(AuditEntry).where(AuditEntry.subject == redemption)).all()
    assert (entry.action, entry.facts["reason"]) == ("redemption reversed", "Wrong table")


# --- the page


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
    for kept in ("There were too many tries", "may be right", "Try again in ", 'id="shown"', coupon.qr):
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
