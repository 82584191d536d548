"""Coupons that phones show, and the people and programs of the merchant's tills."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine

from media.coupon_codes import CODE_LENGTH
from media.phone.tokens import new_token
from media.symbols import check_symbol
from server.accounts.models import Role
from server.coupons.claims import claim_offer
from server.coupons.codes.derive import coupon_keys
from server.coupons.models import Merchant, Offer
from server.coupons.wallets.phones import phone_of_token
from server.coupons.wallets.wallet import Copy, copy_of
from server.db import new_id, transaction, utc_now
from server.settings import Settings
from tests.factories import make_merchant, make_offer
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
