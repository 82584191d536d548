from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from server.coupons.models import Claim, Merchant
from server.coupons.redeem import redeem_claim
from server.coupons.report import OfferReport, offer_reports
from server.coupons.reverse import reverse_redemption
from server.coupons.tills import Till
from server.coupons.uses import uses_since
from server.screens.models import Screen
from tests.server.coupons.conftest import KEYS, ClaimIt, a_phone, live, typed


def report(db: Session, now: datetime) -> OfferReport:
    """Of the merchant's day that `now` is in."""
    on = now.astimezone(ZoneInfo("Asia/Shanghai")).date()
    (row,) = offer_reports(db, from_on=on, until_on=on)
    return row


def test_claims_are_counted_by_presence_and_screen(
    db: Session, claim: Claim, claimed: ClaimIt, screen: Screen, strip_token: str, now: datetime
) -> None:
    claimed(phone=a_phone(db, now), screen_id=screen.id, presence=strip_token)
    row = report(db, now)
    assert row.claims == 2
    assert row.by_presence == {"none": 1, "token": 1}
    assert row.by_screen == {"": 1, screen.id: 1}


def test_redemptions_are_counted_live_and_static_and_reversals_apart(
    db: Session, claim: Claim, claimed: ClaimIt, till: Till, now: datetime
) -> None:
    other = claimed(phone=a_phone(db, now))
    done = redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now)
    redeem_claim(db, typed(other, now), till=till, keys=KEYS, now=now, static_ok=True)
    reverse_redemption(db, done.redemption.id, till=till, reason="Wrong table", now=now)
    row = report(db, now)
    assert row.by_how == {"live": 1, "static": 1}
    assert (row.redemptions, row.reversals) == (2, 1)


def test_a_report_counts_its_own_days(db: Session, claim: Claim, now: datetime) -> None:
    assert report(db, now).claims == 1
    assert report(db, now + timedelta(days=1)).claims == 0
    assert report(db, now - timedelta(days=1)).claims == 0
    assert [row.claims for row in offer_reports(db)] == [1]


def test_a_redemption_after_midnight_counts_on_the_merchants_day(
    db: Session, claim: Claim, till: Till, now: datetime
) -> None:
    """Half past midnight of 3 March in Shanghai is still 2 March in UTC."""
    at = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    redeem_claim(db, live(claim, at), till=till, keys=KEYS, now=at)

    def redeemed_on(day: int, merchant_id: str | None = None) -> int:
        on = date(2026, 3, day)
        (row,) = offer_reports(db, merchant_id=merchant_id, from_on=on, until_on=on)
        return row.redemptions

    assert [redeemed_on(day) for day in (2, 3)] == [0, 1]
    assert [redeemed_on(day, till.merchant_id) for day in (2, 3)] == [0, 1]


def test_the_tills_list_is_the_merchants_own(
    db: Session, claim: Claim, merchant: Merchant, till: Till, now: datetime
) -> None:
    redeem_claim(db, live(claim, now), till=till, keys=KEYS, now=now)
    assert [use.offer.title for use in uses_since(db, now, merchant_id=merchant.id)] == ["A bowl for two"]
    assert uses_since(db, now, merchant_id="another") == []
    assert uses_since(db, now + timedelta(seconds=1), merchant_id=None) == []
