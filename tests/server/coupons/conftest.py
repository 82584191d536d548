from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from media.phone.tokens import new_token
from media.presence import token_at
from server.coupons.claims import claim_offer
from server.coupons.codes.derive import CouponKeys, Shown, coupon_keys
from server.coupons.codes.read import read_shown
from server.coupons.merchants import MerchantForm, add_merchant
from server.coupons.models import Claim, Merchant, Offer, Phone
from server.coupons.offers import OfferForm, make_offer
from server.coupons.redeem import Redeemed, redeem_claim
from server.coupons.tills import Till
from server.coupons.wallets.phones import phone_of_token
from server.coupons.wallets.wallet import Copy, copy_of
from server.db import new_id, to_ms, transaction
from server.screens.models import Screen, Venue

KEYS = coupon_keys("k" * 64)


@pytest.fixture
def keys() -> CouponKeys:
    return KEYS


@pytest.fixture
def merchant(db: Session, now: datetime) -> Merchant:
    return add_merchant(db, MerchantForm(name="Noodle Bar", zone="Asia/Shanghai"), now=now)


@pytest.fixture
def make(engine: Engine, now: datetime) -> Callable[..., Offer]:
    """Makes an offer that other threads see."""

    def offered(**more: Any) -> Offer:
        with transaction(engine) as db:
            merchant = add_merchant(db, MerchantForm(name="Noodle Bar"), now=now)
            return make_offer(db, merchant.id, offer_form(**more), now=now)

    return offered


@pytest.fixture
def till(merchant: Merchant) -> Till:
    return Till(merchant_id=merchant.id, name="till 1")


def offer_form(**more: Any) -> OfferForm:
    return OfferForm(**{"title": "A bowl for two", "stock": 12, "valid_days": 7, "presence": False, **more})


MakeOffer = Callable[..., Offer]
ClaimIt = Callable[..., Claim]


@pytest.fixture
def offered(db: Session, merchant: Merchant, now: datetime) -> MakeOffer:
    return lambda **more: make_offer(db, merchant.id, offer_form(**more), now=now)


@pytest.fixture
def offer(offered: MakeOffer) -> Offer:
    return offered()


def a_phone(db: Session, now: datetime) -> Phone:
    return phone_of_token(db, new_token(), now=now)


@pytest.fixture
def phone(db: Session, now: datetime) -> Phone:
    return a_phone(db, now)


@pytest.fixture
def screen(db: Session, now: datetime) -> Screen:
    venue = Venue(name="Harbour Tower", created_at=now)
    db.add(venue)
    db.flush()
    screen = Screen(code="ABCDEF", venue_id=venue.id, name="Car 1", presence_key="p" * 64, created_at=now)
    db.add(screen)
    db.flush()
    return screen


@pytest.fixture
def strip_token(screen: Screen, now: datetime) -> str:
    return token_at(screen.presence_key, to_ms(now))


@pytest.fixture
def claimed(db: Session, offer: Offer, phone: Phone, now: datetime) -> ClaimIt:
    """Claims the offer; every part can be given otherwise."""

    def claim(of: Offer | None = None, **more: Any) -> Claim:
        wish = {"phone": phone, "presence": "", "idempotency_key": new_id(), "screen_id": None, "now": now}
        wish |= {"is_shown": lambda *_offer_there: True, **more}
        return claim_offer(db, (of or offer).id, keys=KEYS, **wish)

    return claim


@pytest.fixture
def claim(claimed: ClaimIt) -> Claim:
    return claimed()


def shows(claim: Claim, now: datetime) -> Copy:
    return copy_of(claim, KEYS, now)


def live(claim: Claim, now: datetime) -> Sequence[Shown]:
    return read_shown(shows(claim, now).qr)


def typed(claim: Claim, now: datetime) -> Sequence[Shown]:
    return read_shown(shows(claim, now).code)


@pytest.fixture
def redeem(db: Session, till: Till, now: datetime) -> Any:
    def do(shown: Any, **more: Any) -> Redeemed:
        return redeem_claim(db, shown, **{"till": till, "keys": KEYS, "now": now, **more})

    return do
