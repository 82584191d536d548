"""A script that keeps no cookie cannot empty an offer; a lobby behind one address can claim, a known phone always."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import func, select

from server.coupons.models import Offer, Phone
from server.db import new_id, transaction
from server.settings import Settings
from tests.factories import make_offer

ALLOWED = 3

ClaimAs = Callable[..., Any]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"new_phones_per_hour": ALLOWED})


@pytest.fixture
def offer(engine: Engine) -> Offer:
    with transaction(engine) as db:
        return make_offer(db, presence=False, stock=50)


@pytest.fixture
def claim_as(app: Flask, offer: Offer) -> ClaimAs:
    """A claim by this phone, or by a new one, from an address."""

    def claim(phone: FlaskClient | None = None, *, address: str = "203.0.113.7", **more: Any) -> Any:
        headers = {"Idempotency-Key": new_id(), **more.pop("headers", {})}
        asker = phone or app.test_client()
        path = f"/api/v1/offers/{more.pop('offer', offer).id}/claims"
        return asker.post(path, headers=headers, environ_base={"REMOTE_ADDR": address}, **{"json": {}, **more})

    return claim


def use_up(claim_as: ClaimAs, **more: Any) -> None:
    assert [claim_as(**more).status_code for _ in range(ALLOWED)] == [201] * ALLOWED


def test_so_many_new_phones_may_claim_from_one_address_and_no_more(claim_as: ClaimAs, engine: Engine) -> None:
    use_up(claim_as)
    refused = claim_as()
    assert (refused.status_code, refused.json["error"]["code"]) == (429, "too_many_new_phones")
    assert "mobile data" in refused.json["error"]["remedy"]
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    with transaction(engine) as db:
        assert db.exec(select(func.count()).select_from(Phone)).one() == ALLOWED
        assert db.exec(select(Offer.stock_left)).one() == 50 - ALLOWED


def test_another_address_is_counted_apart(claim_as: ClaimAs) -> None:
    use_up(claim_as)
    assert claim_as(address="203.0.113.8").status_code == 201


def test_all_addresses_of_one_ipv6_network_are_one(claim_as: ClaimAs) -> None:
    for host in range(ALLOWED):
        assert claim_as(address=f"2001:db8:1:2::{host:x}").status_code == 201
    assert claim_as(address="2001:db8:1:2:ffff::1").status_code == 429
    assert claim_as(address="2001:db8:1:3::1").status_code == 201


def test_a_phone_that_has_claimed_before_is_not_counted(app: Flask, claim_as: ClaimAs, engine: Engine) -> None:
    known = app.test_client()
    first = claim_as(known, headers={"Idempotency-Key": "k"})
    for _ in range(ALLOWED - 1):
        claim_as()
    assert claim_as().status_code == 429
    assert claim_as(known, headers={"Idempotency-Key": "k"}).json["claim"] == first.json["claim"]
    with transaction(engine) as db:
        another = make_offer(db, presence=False)
    assert claim_as(known, offer=another).status_code == 201


def test_requests_of_known_phones_take_nothing_from_the_limit_of_new_ones(app: Flask, claim_as: ClaimAs) -> None:
    """Be they given a coupon, the same once more, or a refusal."""
    known = app.test_client()
    assert claim_as(known, headers={"Idempotency-Key": "k"}).status_code == 201
    for _ in range(ALLOWED):
        assert claim_as(known, headers={"Idempotency-Key": "k"}).status_code == 201
        assert claim_as(known).status_code == 200
        assert claim_as(known, headers={"Idempotency-Key": ""}).status_code == 422
    assert [claim_as().status_code for _ in range(ALLOWED)] == [201] * (ALLOWED - 1) + [429]


def test_requests_that_claim_nothing_lock_no_lobby_out(app: Flask, claim_as: ClaimAs, engine: Engine) -> None:
    """No key, no such offer, nothing left, no proof of presence, a body that is none: none of them is a new phone."""
    with transaction(engine) as db:
        gone, at_screen = make_offer(db, presence=False, stock=1, stock_left=0), make_offer(db)
    worthless = (
        ({"headers": {"Idempotency-Key": ""}}, 422),
        ({"offer": Offer(id="nothing")}, 404),
        ({"offer": gone}, 409),
        ({"offer": at_screen, "json": {"screen": "", "presence": "a" * 10}}, 403),
        ({"json": [1]}, 422),
    )
    for request, status in worthless * ALLOWED:
        assert claim_as(**request).status_code == status
    use_up(claim_as)


def test_many_new_phones_at_once_get_no_more_than_as_many_may(claim_as: ClaimAs, engine: Engine) -> None:
    with ThreadPoolExecutor(4 * ALLOWED) as pool:
        statuses = [request.result().status_code for request in [pool.submit(claim_as) for _ in range(4 * ALLOWED)]]
    assert sorted(statuses) == [201] * ALLOWED + [429] * 3 * ALLOWED
    with transaction(engine) as db:
        assert db.exec(select(func.count()).select_from(Phone)).one() == ALLOWED


def test_a_made_up_token_is_a_new_phone(claim_as: ClaimAs) -> None:
    for nth in range(ALLOWED):
        assert claim_as(query_string={"t": f"{nth}" * 32}).status_code == 201
    assert claim_as(query_string={"t": "9" * 32}).status_code == 429


def test_a_phone_without_script_gets_the_refusal_as_a_page_in_its_language(claim_as: ClaimAs) -> None:
    use_up(claim_as)
    page = {"Accept": "text/html,*/*;q=0.8", "Accept-Language": "zh-CN"}
    refused = claim_as(headers=page, json=None, data={"key": new_id()})
    assert (refused.status_code, refused.mimetype) == (429, "text/html")
    assert "此网络上新领券的手机过多" in refused.text
    assert "移动数据" in refused.text
    assert "分钟后再试" in refused.text
