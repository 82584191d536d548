from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from server.coupons.models import Claim, Redemption, Reversal
from server.coupons.redeem import AlreadyRedeemed, ClaimExpired, redeem_claim
from server.coupons.reverse import AlreadyReversed, NoSuchRedemption, ReasonAsked, reverse_redemption
from server.coupons.tills import Till
from tests.server.coupons.conftest import KEYS, live


@pytest.fixture
def redemption(db: Session, claim: Claim, till: Till, now: datetime) -> Redemption:
    return redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now).redemption


def test_a_reversal_makes_the_coupon_usable_again(
    db: Session, redemption: Redemption, claim: Claim, till: Till, now: datetime
) -> None:
    reverse_redemption(db, redemption.id, till=till, reason="Wrong table", now=now)
    again = redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now)
    assert again.redemption.id != redemption.id
    assert len(db.exec(select(Redemption)).all()) == 2


def test_a_redemption_is_reversed_once(
    db: Session, redemption: Redemption, claim: Claim, till: Till, now: datetime
) -> None:
    reverse_redemption(db, redemption.id, till=till, reason="Wrong table", now=now)
    redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now)
    with pytest.raises(AlreadyReversed):
        reverse_redemption(db, redemption.id, till=till, reason="Wrong table", now=now)
    with pytest.raises(AlreadyRedeemed):
        redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now)
    assert len(db.exec(select(Reversal)).all()) == 1


def test_a_reversal_does_not_lengthen_validity(
    db: Session, redemption: Redemption, claim: Claim, till: Till, now: datetime
) -> None:
    late = claim.expires_at + timedelta(hours=1)
    reverse_redemption(db, redemption.id, till=till, reason="Wrong table", now=late)
    with pytest.raises(ClaimExpired):
        redeem_claim(db, live(claim, late), till=till, keys=KEYS, now=late)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 301])
def test_a_reversal_needs_a_reason(db: Session, redemption: Redemption, till: Till, now: datetime, reason: str) -> None:
    with pytest.raises(ReasonAsked):
        reverse_redemption(db, redemption.id, till=till, reason=reason, now=now)


def test_another_merchant_cannot_reverse(db: Session, redemption: Redemption, now: datetime) -> None:
    with pytest.raises(NoSuchRedemption):
        reverse_redemption(db, redemption.id, till=Till(merchant_id="another"), reason="Mine", now=now)
