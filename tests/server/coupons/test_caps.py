"""A picture of the strip's code that goes round serves no more than could stand there; who stands there is served."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from media.presence import NEW_EVERY_MS, token_at
from server.coupons.caps import ClaimCaps, CodeUsedUp, ScreenUsedUp, caps_for
from server.coupons.claims import claim_offer
from server.coupons.models import Claim, Offer, Phone, ScreenClaims
from server.db import new_id, to_ms, transaction
from server.screens.models import Screen
from tests.factories import make_offer, make_screen
from tests.rig.phones.racing import race
from tests.server.coupons.conftest import KEYS, ClaimIt, a_phone

FEW = ClaimCaps(per_token=3, per_hour=5)
RACERS = 12

AtScreen = Callable[..., Claim]


@pytest.fixture
def offer(offered: Any) -> Offer:
    """One for people at the screen."""
    return offered(presence=True)


@pytest.fixture
def at_screen(db: Session, claimed: ClaimIt, screen: Screen, now: datetime) -> AtScreen:
    """A claim by a new phone that has scanned the screen's strip just now, or at `scanned`."""

    def claim(of: Offer | None = None, *, scanned: datetime | None = None, at: Screen = screen, **more: Any) -> Claim:
        token = token_at(at.presence_key, to_ms(scanned or more.get("now", now)))
        wish = {"phone": a_phone(db, now), "screen_id": at.id, "presence": token, "caps": FEW, **more}
        return claimed(of, **wish)

    return claim


def test_one_token_serves_so_many_and_says_when_the_next_is_shown(at_screen: AtScreen, now: datetime) -> None:
    late = now + timedelta(minutes=1)
    for _ in range(FEW.per_token):
        at_screen(now=late)
    with pytest.raises(CodeUsedUp) as refused:
        at_screen(now=late)
    assert refused.value.retry_after_s == NEW_EVERY_MS / 1000 - 60
    assert at_screen(now=late + timedelta(seconds=refused.value.retry_after_s))


def test_after_a_token_of_before_the_next_can_be_scanned_at_once(at_screen: AtScreen, now: datetime) -> None:
    for _ in range(FEW.per_token):
        at_screen()
    with pytest.raises(CodeUsedUp) as refused:
        at_screen(scanned=now, now=now + timedelta(minutes=20))
    assert refused.value.retry_after_s == 1
    assert at_screen(now=now + timedelta(minutes=20))


def test_the_cap_of_an_hour_counts_all_tokens(at_screen: AtScreen, now: datetime) -> None:
    for nth in range(FEW.per_hour):
        at_screen(now=now + timedelta(minutes=6 * nth))
    half_past = now + timedelta(minutes=30)
    with pytest.raises(ScreenUsedUp) as refused:
        at_screen(now=half_past)
    assert refused.value.retry_after_s == 1800
    assert at_screen(now=now + timedelta(hours=1))


def test_every_screen_and_every_offer_counts_for_itself(db: Session, offered: Any, at_screen: AtScreen) -> None:
    other_offer, other_screen = offered(presence=True), make_screen(db)
    for _ in range(FEW.per_token):
        at_screen()
    assert at_screen(other_offer)
    assert at_screen(at=other_screen)


def test_a_phone_with_a_coupon_gets_it_again_when_no_more_may_be_claimed(
    db: Session, at_screen: AtScreen, phone: Phone
) -> None:
    claim = at_screen(phone=phone, idempotency_key="k")
    for _ in range(FEW.per_token - 1):
        at_screen()
    assert at_screen(phone=phone, idempotency_key="k").id == claim.id
    assert at_screen(phone=phone).id == claim.id
    assert {row.claims for row in db.exec(select(ScreenClaims))} == {FEW.per_token}


def test_an_offer_for_everybody_is_claimed_on_but_no_longer_counts_as_claimed_at_the_screen(
    db: Session, offered: Any, at_screen: AtScreen
) -> None:
    anywhere = offered()
    made = [at_screen(anywhere) for _ in range(FEW.per_token + 2)]
    presences = [db.exec(select(Claim.presence).where(Claim.id == claim.id)).one() for claim in made]
    assert presences == [claim.presence for claim in made] == ["token"] * FEW.per_token + ["none"] * 2


def test_a_lobby_of_forty_that_scans_one_code_is_served(db: Session, offered: Any, at_screen: AtScreen) -> None:
    offer = offered(stock=100, presence=True)
    for _ in range(40):
        at_screen(offer, caps=caps_for(40))
    assert db.exec(select(func.count()).select_from(Claim)).one() == 40


def test_the_caps_grow_with_how_many_can_stand_there() -> None:
    assert caps_for(40) == ClaimCaps(per_token=60, per_hour=240)
    assert caps_for(1) == ClaimCaps(per_token=1, per_hour=6)


def test_claims_at_once_never_pass_a_cap_and_refused_ones_take_no_piece(engine: Engine, now: datetime) -> None:
    with transaction(engine) as db:
        offer, screen = make_offer(db, stock=100), make_screen(db)
        phones = [a_phone(db, now) for _ in range(RACERS)]
    token = token_at(screen.presence_key, to_ms(now))
    place: dict[str, Any] = {"screen_id": screen.id, "presence": token, "is_shown": lambda *_offer_there: True}

    def claim_by(phone: Phone) -> Callable[[Session], Claim]:
        wish = {"idempotency_key": new_id(), "keys": KEYS, "now": now, "caps": FEW, **place}
        return lambda db: claim_offer(db, offer.id, phone=phone, **wish)

    results = race(engine, [claim_by(phone) for phone in phones])
    assert [type(result) for result in results].count(Claim) == FEW.per_token
    assert [type(result) for result in results].count(CodeUsedUp) == RACERS - FEW.per_token
    with transaction(engine) as db:
        assert db.get_one(Offer, offer.id).stock_left == 100 - FEW.per_token
