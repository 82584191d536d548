from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from media.wire.phone import OfferStanding
from server.coupons.models import Offer, OfferState
from server.coupons.validity import claim_expiry, offer_standing, usable_at

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Shanghai
SHANGHAI, KATHMANDU, ZURICH = "Asia/Shanghai", "Asia/Kathmandu", "Europe/Zurich"


def an_offer(**more: Any) -> Offer:
    return Offer(**{"merchant_id": "m", "title": "t", "stock": 1, "stock_left": 1, "created_at": NOON, **more})


def test_days_after_the_claim_end_with_the_local_day() -> None:
    assert claim_expiry(an_offer(valid_days=1), SHANGHAI, NOON) == datetime(2026, 3, 3, 16, tzinfo=UTC)
    assert claim_expiry(an_offer(valid_days=0), KATHMANDU, NOON) == datetime(2026, 3, 2, 18, 15, tzinfo=UTC)


def test_the_earlier_of_two_ends_counts() -> None:
    fixed = NOON + timedelta(hours=1)
    assert claim_expiry(an_offer(valid_days=9, valid_until=fixed), SHANGHAI, NOON) == fixed


def test_days_are_local_days_when_the_clock_changes() -> None:
    before_the_change = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert claim_expiry(an_offer(valid_days=1), ZURICH, before_the_change) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("more", "standing"),
    [
        ({}, OfferStanding.OPEN),
        ({"stock_left": 0}, OfferStanding.SOLD_OUT),
        ({"state": OfferState.PAUSED}, OfferStanding.PAUSED),
        ({"state": OfferState.STOPPED, "stock_left": 0}, OfferStanding.STOPPED),
        ({"claim_from": NOON + timedelta(seconds=1)}, OfferStanding.NOT_YET),
        ({"claim_from": NOON}, OfferStanding.OPEN),
        ({"claim_until": NOON}, OfferStanding.OVER),
        ({"valid_until": NOON}, OfferStanding.OVER),
    ],
)
def test_an_offer_says_whether_it_can_be_claimed(more: dict[str, Any], standing: OfferStanding) -> None:
    assert offer_standing(an_offer(**more), NOON) is standing


@pytest.mark.parametrize(
    ("weekdays", "hours", "minutes_later", "usable"),
    [
        ("0", (0, 1440), 0, True),
        ("123456", (0, 1440), 0, False),
        ("0", (720, 721), 0, True),
        ("0", (720, 721), 1, False),
        ("0", (1320, 120), 10 * 60, True),
        ("0", (1320, 120), 13 * 60, True),  # Tuesday 01:00 belongs to Monday's night
        ("0", (1320, 120), 14 * 60, False),
        ("1", (1320, 120), 13 * 60, False),
    ],
)
def test_weekday_and_hours_are_the_merchants(
    weekdays: str, hours: tuple[int, int], minutes_later: int, usable: bool
) -> None:
    offer = an_offer(weekdays=weekdays, from_min=hours[0], until_min=hours[1])
    assert usable_at(offer, SHANGHAI, NOON + timedelta(minutes=minutes_later)) is usable
