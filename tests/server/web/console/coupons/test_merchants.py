"""Merchants in the console."""

from __future__ import annotations

from sqlalchemy import Engine

from server.coupons.models import Merchant
from tests.server.web.conftest import SignIn, rows


def test_a_merchant_is_added(sign_in: SignIn, engine: Engine) -> None:
    sign_in().post("/console/merchants/new", data={"name": "Noodle Bar", "zone": "Asia/Shanghai"})
    assert [merchant.name for merchant in rows(engine, Merchant)] == ["Noodle Bar"]
