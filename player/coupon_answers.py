"""The daemon's answers to the portal about coupons that this box hands out while its uplink is down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from media.coupon_codes import STEP_MS, live_number, qr_of_handle, static_code
from media.symbols import grouped
from media.timeline import Timeline
from media.wire.phone import ClaimState, WalletClaim
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
from player.sync.leases import GivenClaim, LeaseStore


class CouponAnswers:
    """Safe to call from any thread.

    timeline: what this screen shows · on_handed_out: called when there is something to report
    """

    def __init__(
        self,
        leases: LeaseStore,
        *,
        clock: Clock,
        timeline: Callable[[], Timeline | None],
        on_handed_out: Callable[[], None],
    ) -> None:
        self._leases = leases
        self._clock = clock
        self._timeline = timeline
        self._on_handed_out = on_handed_out

    def answer(self, request: HandOutRequest | WalletRequest | CouponRequest) -> CouponsAnswer | NoCoupon:
        if isinstance(request, CouponRequest):
            coupon = self._leases.coupon_of_link(request.link)
            return self._coupons([coupon] if coupon is not None else [])
        if isinstance(request, WalletRequest):
            return self._coupons(self._leases.coupons_of(request.phone))
        return self._earlier(request) if request.only_earlier else self._hand_out(request)

    def _earlier(self, request: HandOutRequest) -> CouponsAnswer:
        """The claim that the server has not heard of yet: it would give this phone another."""
        coupons = self._leases.coupons_of(request.phone)
        unknown = [coupon for coupon in coupons if coupon.offer == request.offer and not coupon.reported]
        unknown.sort(key=lambda coupon: coupon.key != request.key)
        return self._coupons(unknown[:1])

    def _hand_out(self, request: HandOutRequest) -> CouponsAnswer | NoCoupon:
        """Nothing while the box does not know the time: it could be what has expired, with a QR of another hour."""
        timeline = self._timeline()
        if timeline is None or not self._clock.trusted or _is_prize_only(timeline, request.offer):
            return NoCoupon(why=NotHandedOut.NO_LEASE)
        given = self._leases.hand_out(
            request.offer,
            phone=request.phone,
            key=request.key,
            screen=timeline.manifest.screen,
            now_ms=self._clock.now_ms(),
        )
        if isinstance(given, NotHandedOut):
            return NoCoupon(why=given)
        self._on_handed_out()
        return self._coupons([given])

    def _coupons(self, given: Sequence[GivenClaim]) -> CouponsAnswer:
        now_ms = self._clock.now_ms()
        return CouponsAnswer(coupons=tuple(_coupon(claim, now_ms) for claim in given))


def _is_prize_only(timeline: Timeline, offer: str) -> bool:
    """Whether the screen shows this offer only as the prize of a game, which has to be won."""
    phones = [item.phone for item in timeline.manifest.items.values()]
    prizes = {phone.game.prize.id for phone in phones if phone.game and phone.game.prize}
    return offer in prizes - {phone.offer.id for phone in phones if phone.offer}


def _coupon(given: GivenClaim, now_ms: int) -> Coupon:
    step = now_ms // STEP_MS
    claim = WalletClaim(
        claim=given.claim,
        state=ClaimState.READY if now_ms < given.expires_ms else ClaimState.EXPIRED,
        code=grouped(static_code(given.secret)),
        qr=qr_of_handle(given.handle, given.secret, step=step),
        wallet_url=given.wallet_url,
        expires_at=_instant(given.expires_ms),
        offer=given.offer,
        title=given.title,
        terms=given.terms,
        merchant=given.merchant,
        claimed_at=_instant(given.claimed_ms),
        redeemed_at=None,
    )
    return Coupon(claim=claim, number=live_number(given.secret, step), reported=given.reported)


def _instant(ms: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
