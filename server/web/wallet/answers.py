"""What programs are told of claims and offers."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from server.coupons.models import Claim, Offer
from server.coupons.offers import told_left
from server.coupons.symbols import grouped
from server.coupons.validity import offer_standing
from server.coupons.wallet import Copy, Held, claim_state, copy_of
from server.web.wallet.blueprint import keys, public_link


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class ClaimAnswer(Answer):
    """A claim as it is now. The QR is this half-minute's; the page behind `wallet_url` keeps it fresh.

    `state` is ready, redeemed or expired: a key that comes again long after gets its claim, whatever became of it.
    """

    claim: str
    state: str
    code: str
    qr: str
    wallet_url: str
    expires_at: datetime


class HeldAnswer(ClaimAnswer):
    """A claim in the wallet."""

    offer: str
    title: str
    terms: str
    merchant: str
    claimed_at: datetime
    redeemed_at: datetime | None


class WalletAnswer(Answer):
    claims: list[HeldAnswer]


class ClaimStateAnswer(Answer):
    state: str


class StockAnswer(Answer):
    """How many are left, and whether the offer can be claimed now."""

    offer: str
    left: int
    standing: str


def claim_answer(claim: Claim, now: datetime) -> ClaimAnswer:
    return ClaimAnswer(
        claim=claim.id,
        state=claim_state(claim, now),
        expires_at=claim.expires_at,
        **_shown(copy_of(claim, keys(), now)),
    )


def held_answer(held: Held, now: datetime) -> HeldAnswer:
    return HeldAnswer(
        claim=held.claim.id,
        expires_at=held.claim.expires_at,
        offer=held.offer.id,
        title=held.offer.title,
        terms=held.offer.terms,
        merchant=held.merchant.name,
        state=held.state(now),
        claimed_at=held.claim.claimed_at,
        redeemed_at=held.claim.redeemed_at,
        **_shown(copy_of(held.claim, keys(), now)),
    )


def stock_answer(offer: Offer, now: datetime) -> StockAnswer:
    return StockAnswer(offer=offer.id, left=told_left(offer), standing=offer_standing(offer, now))


def _shown(copy: Copy) -> dict[str, str]:
    return {"code": grouped(copy.code), "qr": copy.qr, "wallet_url": public_link(f"/w/{copy.link}")}
