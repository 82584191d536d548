"""Redemptions by a till's own program.

Covers: server.web.counter.blueprint"""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import select

from media.symbols import former_check_symbol
from server.accounts.keys import KeyForm, make_key
from server.accounts.models import AuditEntry, Role
from server.coupons.models import Merchant, Offer
from server.coupons.wallets.wallet import Copy
from server.db import new_id, transaction, utc_now
from server.settings import Settings
from tests.factories import make_merchant, wrong_number
from tests.rig.phones.keyboards import french_scanner, german
from tests.server.web.counter.conftest import new_coupon, unknown_code


def key_headers(engine: Engine, merchant: Merchant, role: Role = Role.STAFF) -> dict[str, str]:
    with transaction(engine) as db:
        _, secret = make_key(db, KeyForm(name="Till program", role=role, merchant_id=merchant.id), now=utc_now())
    return {"Authorization": f"Bearer {secret}"}


@pytest.fixture
def machine(engine: Engine, merchant: Merchant) -> dict[str, str]:
    return key_headers(engine, merchant)


def redeem(client: FlaskClient, headers: dict[str, str], *, key: str | None = None, **ask: Any) -> Any:
    return client.post("/api/v1/redemptions", json=ask, headers={**headers, "Idempotency-Key": key or new_id()})


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
