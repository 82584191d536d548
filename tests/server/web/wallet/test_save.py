"""Coupons move to another phone: by a saved link, or from the box to the server."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlmodel import func, select

from media.phone.identity import COOKIE
from server.coupons.models import Offer, Phone, RecoveryLink
from server.db import reading
from server.settings import Settings
from tests.server.web.wallet.conftest import PAGE, claim, count, own_path


@pytest.mark.parametrize("path", ["/wallet/save", "/wallet/recover/" + "0" * 32])
def test_a_form_on_another_site_cannot_change_which_phone_this_is(client: FlaskClient, path: str) -> None:
    another = "1" * 32
    for site, kept in (("cross-site", None), ("same-origin", f"{COOKIE}={another}")):
        answer = client.post(path, data={"t": another}, headers={**PAGE, "Sec-Fetch-Site": site})
        cookie = answer.headers.get("Set-Cookie", "").partition(";")[0] or None
        assert cookie == kept


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
