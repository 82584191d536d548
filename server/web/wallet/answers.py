"""The messages about claims and stock that phones receive, made from their rows."""

from __future__ import annotations

from datetime import datetime

from media.symbols import grouped
from media.wire.phone import ClaimAnswer, Stock, WalletClaim
from server.coupons.models import Claim, Offer
from server.coupons.offers import claimable_left
from server.coupons.validity import offer_standing
from server.coupons.wallets.wallet import Copy, HeldClaim, claim_state, copy_of
from server.web.wallet.blueprint import keys, public_link


def claim_answer(claim: Claim, copy: Copy, now: datetime) -> ClaimAnswer:
    return ClaimAnswer(
        claim=claim.id,
        state=claim_state(claim, now),
        expires_at=claim.expires_at,
        **_code_and_link(copy),
    )


def wallet_claim(held: HeldClaim, now: datetime) -> WalletClaim:
    return WalletClaim(
        claim=held.claim.id,
        expires_at=held.claim.expires_at,
        offer=held.offer.id,
        title=held.offer.title,
        terms=held.offer.terms,
        merchant=held.merchant.name,
        state=held.state(now),
        claimed_at=held.claim.claimed_at,
        redeemed_at=held.claim.redeemed_at,
        **_code_and_link(copy_of(held.claim, keys(), now)),
    )


def stock_of_offer(offer: Offer, now: datetime) -> Stock:
    return Stock(offer=offer.id, left=claimable_left(offer), standing=offer_standing(offer, now))


def _code_and_link(copy: Copy) -> dict[str, str]:
    return {"code": grouped(copy.code), "qr": copy.qr, "wallet_url": public_link(f"/w/{copy.link}")}
