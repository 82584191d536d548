from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from server.coupons.codes.derive import coupon_keys
from server.coupons.codes.read import NoSuchCode, read_shown
from server.coupons.models import Claim
from server.coupons.redeem import (
    StaleQr,
    StaticCodeShown,
)
from server.coupons.wallets.wallet import copy_of
from tests.factories import wrong_number
from tests.server.coupons.conftest import live, shows, typed


def test_a_picture_of_the_qr_is_soon_worthless(redeem: Any, claim: Claim, now: datetime) -> None:
    with pytest.raises(StaleQr):
        redeem(live(claim, now), now=now + timedelta(minutes=2))


def test_a_qr_from_the_future_is_refused(redeem: Any, claim: Claim, now: datetime) -> None:
    with pytest.raises(StaleQr):
        redeem(live(claim, now + timedelta(minutes=2)))


def test_a_static_code_alone_is_at_the_staffs_discretion_and_logged_so(
    redeem: Any, claim: Claim, now: datetime
) -> None:
    with pytest.raises(StaticCodeShown):
        redeem(typed(claim, now))
    assert redeem(typed(claim, now), static_ok=True).redemption.how == "static"


def test_the_code_with_its_number_counts_as_live(redeem: Any, claim: Claim, now: datetime) -> None:
    copy = shows(claim, now)
    assert redeem(read_shown(f"{copy.code} {copy.number}")).redemption.how == "live"


def test_a_wrong_number_is_answered_like_a_wrong_code(redeem: Any, claim: Claim, now: datetime) -> None:
    copy = shows(claim, now)
    with pytest.raises(NoSuchCode):
        redeem(read_shown(f"{copy.code} {wrong_number(copy, now)}"), now=now)


def test_a_forged_qr_opens_nothing(redeem: Any, claim: Claim, now: datetime) -> None:
    forged = copy_of(claim, coupon_keys("f" * 64), now)
    with pytest.raises(NoSuchCode):
        redeem(read_shown(forged.qr))
    true = shows(claim, now).qr
    with pytest.raises(NoSuchCode):
        redeem(read_shown(true[:-12] + forged.qr[-12:]))
