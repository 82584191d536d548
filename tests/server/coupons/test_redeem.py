from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from server.coupons.claims import KeyReused
from server.coupons.merchants import MerchantForm, add_merchant
from server.coupons.models import Claim, Redemption
from server.coupons.offers import offer_of, pause_offer
from server.coupons.redeem import (
    AlreadyRedeemed,
    ClaimExpired,
    OtherMerchant,
    OutsideHours,
    RedemptionReversed,
)
from server.coupons.reverse import reverse_redemption
from server.coupons.tills import Till
from tests.server.coupons.conftest import ClaimIt, a_phone, live


def test_a_live_qr_is_redeemed(db: Session, redeem: Any, claim: Claim, till: Till, now: datetime) -> None:
    done = redeem(live(claim, now))
    assert (done.redemption.how, done.redemption.till) == ("live", till.name)
    assert done.offer.title == "A bowl for two"
    assert db.get_one(Claim, claim.id, populate_existing=True).redeemed_at == now


def test_a_second_till_learns_when_and_where_it_was_redeemed(redeem: Any, claim: Claim, now: datetime) -> None:
    redeem(live(claim, now))
    with pytest.raises(AlreadyRedeemed, match="20:00 on 2026-03-02 at Noodle Bar, till 1"):
        redeem(live(claim, now))


def test_the_same_key_gives_the_same_redemption_even_when_the_qr_has_aged(
    redeem: Any, claim: Claim, now: datetime
) -> None:
    shown = live(claim, now)
    first = redeem(shown, idempotency_key="k")
    again = redeem(shown, idempotency_key="k", now=now + timedelta(minutes=5))
    assert first.redemption.id == again.redemption.id


def test_the_same_key_is_refused_once_its_redemption_was_taken_back(
    db: Session, redeem: Any, claim: Claim, till: Till, now: datetime
) -> None:
    """The till would hear "redeemed" of a coupon that is open, and anyone could use it a second time."""
    first = redeem(live(claim, now), idempotency_key="k")
    reverse_redemption(db, first.redemption.id, till=till, reason="Wrong table", now=now)
    with pytest.raises(RedemptionReversed):
        redeem(live(claim, now), idempotency_key="k")
    assert db.get_one(Claim, claim.id).redeemed_at is None
    assert redeem(live(claim, now), idempotency_key="k2").redemption.id != first.redemption.id


def test_a_repeat_of_a_key_reports_the_later_use_of_its_coupon(
    db: Session, redeem: Any, claim: Claim, till: Till, now: datetime
) -> None:
    first = redeem(live(claim, now), idempotency_key="k")
    reverse_redemption(db, first.redemption.id, till=till, reason="Wrong table", now=now)
    second = redeem(live(claim, now), idempotency_key="k2")
    with pytest.raises(AlreadyRedeemed):
        redeem(live(claim, now), idempotency_key="k")
    assert redeem(live(claim, now), idempotency_key="k2").redemption.id == second.redemption.id


def test_a_key_is_for_one_coupon(db: Session, redeem: Any, claim: Claim, claimed: ClaimIt, now: datetime) -> None:
    other = claimed(phone=a_phone(db, now))
    redeem(live(claim, now), idempotency_key="k")
    with pytest.raises(KeyReused):
        redeem(live(other, now), idempotency_key="k")


def test_two_merchants_may_choose_the_same_key(
    db: Session, redeem: Any, claim: Claim, claimed: ClaimIt, now: datetime
) -> None:
    other = claimed(phone=a_phone(db, now))
    redeem(live(claim, now), idempotency_key="k")
    redeem(live(other, now), idempotency_key="k", till=Till(merchant_id=None))
    assert len(db.exec(select(Redemption)).all()) == 2


def test_an_old_picture_of_a_used_coupon_is_answered_as_used(redeem: Any, claim: Claim, now: datetime) -> None:
    redeem(live(claim, now))
    with pytest.raises(AlreadyRedeemed):
        redeem(live(claim, now), now=now + timedelta(minutes=10))


def test_an_expired_coupon_is_refused(redeem: Any, claim: Claim) -> None:
    last = claim.expires_at
    with pytest.raises(ClaimExpired):
        redeem(live(claim, last), now=last)
    assert redeem(live(claim, last - timedelta(seconds=1)), now=last - timedelta(seconds=1))


def test_another_merchants_coupon_is_refused(db: Session, redeem: Any, claim: Claim, now: datetime) -> None:
    other = add_merchant(db, MerchantForm(name="Tea House"), now=now)
    with pytest.raises(OtherMerchant):
        redeem(live(claim, now), till=Till(merchant_id=other.id))


def test_the_weekday_and_hour_must_fit(redeem: Any, claimed: ClaimIt, offered: Any, now: datetime) -> None:
    tuesdays = claimed(offered(weekdays="1"))
    with pytest.raises(OutsideHours):
        redeem(live(tuesdays, now))
    tomorrow = now + timedelta(days=1)
    assert redeem(live(tuesdays, tomorrow), now=tomorrow)


def test_a_paused_offer_does_not_void_claimed_coupons(db: Session, redeem: Any, claim: Claim, now: datetime) -> None:
    pause_offer(db, offer_of(db, claim.offer_id).id, now=now)
    assert redeem(live(claim, now))
