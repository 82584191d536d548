"""Coupons of the box's lease, as the portal is given them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from media.coupon_codes import STEP_MS, live_number, qr_of_handle
from media.timeline import Timeline
from media.wire.leases import LeaseRequest, Leases
from media.wire.phone import ClaimState
from player.coupon_answers import CouponAnswers
from player.portal.upstream.player_messages import (
    Coupon,
    CouponRequest,
    CouponsAnswer,
    HandOutRequest,
    NoCoupon,
    NotHandedOut,
    WalletRequest,
)
from player.sync.clock import Clock
from player.sync.leases import LeaseStore
from tests.player.show_rig import FakeTime, ping
from tests.player.sync.test_leases import DAY_MS, NOW_MS, lease
from tests.player.timelines import SCREEN, a_timeline

ANN, BOB = (sha256(name.encode()).hexdigest() for name in ("ann", "bob"))


class Rig:
    def __init__(self, folder: Path) -> None:
        self.time = FakeTime(system_ms=NOW_MS)
        self.clock = Clock(self.time.source(), folder / "clock")
        self.timeline: Timeline | None = a_timeline()
        self.leases = LeaseStore(folder / "leases")
        self.leases.accept(Leases(leases=(lease(1, 2),)), request=LeaseRequest(), now_ms=NOW_MS)
        self.handed_out = 0
        self.answers = CouponAnswers(
            self.leases, clock=self.clock, timeline=lambda: self.timeline, on_handed_out=self._handed_out
        )

    def trust(self) -> None:
        self.clock.learn(ping(self.time, NOW_MS))

    def coupons(self, request: HandOutRequest | WalletRequest | CouponRequest) -> tuple[Coupon, ...]:
        answer = self.answers.answer(request)
        assert isinstance(answer, CouponsAnswer)
        return answer.coupons

    def claim(self, phone: str = ANN, *, key: str = "k", only_earlier: bool = False) -> tuple[Coupon, ...]:
        return self.coupons(HandOutRequest(offer="offer", phone=phone, key=key, only_earlier=only_earlier))

    def refusal(self, phone: str = ANN) -> NotHandedOut:
        answer = self.answers.answer(HandOutRequest(offer="offer", phone=phone, key="k", only_earlier=False))
        assert isinstance(answer, NoCoupon)
        return answer.why

    def _handed_out(self) -> None:
        self.handed_out += 1


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    rig = Rig(tmp_path)
    rig.trust()
    return rig


def test_a_phone_gets_a_coupon_with_the_number_and_qr_of_this_half_minute(rig: Rig) -> None:
    [coupon] = rig.claim()
    step, secret = rig.clock.now_ms() // STEP_MS, bytes.fromhex(f"{1:020x}")
    assert coupon.claim.qr == qr_of_handle("H" * 16, secret, step=step)
    assert (coupon.number, coupon.reported, coupon.claim.state) == (live_number(secret, step), False, ClaimState.READY)
    assert (rig.handed_out, rig.leases.unreported()[0].screen) == (1, SCREEN)


def test_a_claim_that_has_expired_says_so(rig: Rig) -> None:
    rig.claim()
    rig.time.pass_ms(9 * DAY_MS)
    assert [coupon.claim.state for coupon in rig.coupons(WalletRequest(phone=ANN))] == [ClaimState.EXPIRED]


def test_while_the_time_is_not_known_or_nothing_is_shown_nothing_is_handed_out(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.time.keeps_time = False
    assert (rig.clock.trusted, rig.refusal()) == (False, NotHandedOut.NO_LEASE)
    rig.trust()
    rig.timeline = None
    assert (rig.refusal(), rig.handed_out) == (NotHandedOut.NO_LEASE, 0)


def test_a_refusal_of_the_lease_is_passed_on(rig: Rig) -> None:
    rig.claim()
    rig.claim(BOB)
    assert rig.refusal(sha256(b"carl").hexdigest()) == NotHandedOut.USED_UP


def test_only_what_the_server_does_not_know_is_an_earlier_claim(rig: Rig) -> None:
    assert rig.claim(only_earlier=True) == ()
    [coupon] = rig.claim()
    assert [found.claim.claim for found in rig.claim(key="other", only_earlier=True)] == [coupon.claim.claim]
    assert rig.claim(BOB, only_earlier=True) == ()
    rig.handed_out = 0
    rig.claim(only_earlier=True)
    assert rig.handed_out == 0


def test_a_phone_finds_its_own_coupons_and_by_its_link_anyone_a_coupon(rig: Rig) -> None:
    [coupon] = rig.claim()
    assert rig.coupons(WalletRequest(phone=BOB)) == ()
    link = coupon.claim.wallet_url.rpartition("/")[2]
    assert rig.coupons(CouponRequest(link=link)) == (coupon,)
    assert rig.coupons(CouponRequest(link="nothing")) == ()
