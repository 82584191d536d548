from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from media.wire.leases import Leases
from server.coupons.codes.derive import claim_secret, qr_handle
from server.coupons.leases.answer import leases_answer
from server.coupons.leases.renew import Renewal, RenewedLease
from server.coupons.models import Lease, LeasedClaim, Merchant, Offer
from server.db import to_ms
from tests.server.coupons.conftest import KEYS

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def answer(*, ends_in: timedelta, zone: str = "Asia/Shanghai", claims: int = 1, **terms: object) -> Leases:
    offer = Offer(id="offer", merchant_id="m", title="汤 🍜", stock=9, stock_left=9, created_at=NOW, **terms)
    merchant = Merchant(id="m", name="面馆", zone=zone, created_at=NOW)
    lease = Lease(id="lease", player_id="box", offer_id="offer", made_at=NOW, expires_at=NOW + ends_in)
    made = [
        LeasedClaim(
            id=f"{n:026d}", lease_id="lease", offer_id="offer", expires_at=NOW, code_hmac="", qr_hmac="", link_hmac=""
        )
        for n in range(claims)
    ]
    renewal = Renewal([RenewedLease(lease, offer, merchant, made)], give_back=["9" * 26])
    return leases_answer(renewal, keys=KEYS, public_url="https://screens.example.org", now=NOW)


def test_a_box_gets_what_it_needs_to_show_a_coupon_without_the_server() -> None:
    sent = answer(ends_in=timedelta(hours=1), valid_days=7, claims=2)
    (lease,) = sent.leases
    assert (lease.offer, lease.title, lease.merchant, sent.give_back) == ("offer", "汤 🍜", "面馆", ("9" * 26,))
    first, second = lease.claims
    assert first.secret == claim_secret(KEYS, f"{0:026d}", 0).hex() != second.secret
    assert first.handle == qr_handle(KEYS, f"{0:026d}")
    assert first.wallet_url.startswith("https://screens.example.org/w/")
    assert first.wallet_url != second.wallet_url


def test_a_claim_expires_by_the_day_on_which_it_is_handed_out_at_the_merchants() -> None:
    """Midnight in Shanghai is at 16:00 UTC."""
    (lease,) = answer(ends_in=timedelta(hours=30), valid_days=1).leases
    midnight = NOW.replace(hour=16)
    assert [validity.until_ms for validity in lease.validity] == [
        to_ms(midnight),
        to_ms(midnight + timedelta(days=1)),
        to_ms(NOW + timedelta(hours=30)),
    ]
    expiries = [validity.expires_ms for validity in lease.validity]
    assert expiries == sorted(set(expiries))


@pytest.mark.parametrize(("day", "hours"), [(29, 23), (25, 25)])
def test_a_day_on_which_the_clocks_change_is_one_day(day: int, hours: int) -> None:
    """In Berlin, 2026: the last Sundays of March and of October."""
    month = 3 if hours == 23 else 10
    begins = datetime(2026, month, day - 1, 23 if hours == 23 else 22, tzinfo=UTC)
    offer = Offer(id="offer", merchant_id="m", title="x", stock=1, stock_left=1, created_at=NOW, valid_days=1)
    lease = Lease(
        id="l", player_id="b", offer_id="offer", made_at=begins, expires_at=begins + timedelta(hours=hours + 1)
    )
    renewal = Renewal([RenewedLease(lease, offer, Merchant(id="m", name="m", zone="Europe/Berlin"), [])])
    (sent,) = leases_answer(renewal, keys=KEYS, public_url="", now=begins).leases
    assert sent.validity[0].until_ms - to_ms(begins) == hours * 3_600_000


def test_a_lease_that_is_over_and_a_renewal_of_nothing_say_nothing() -> None:
    assert answer(ends_in=timedelta(0), valid_days=1).leases[0].validity == ()
    assert leases_answer(Renewal(), keys=KEYS, public_url="", now=NOW) == Leases(leases=(), give_back=())
