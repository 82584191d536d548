"""Queries for redemptions: the one by which a claim is used now, and a day's list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from server.coupons.models import Claim, Merchant, Offer, Redemption, Reversal
from server.errors import Missing


class NoSuchRedemption(Missing):
    """There is no such redemption here. Look for it in today's list."""


@dataclass(frozen=True)
class Use:
    """A redemption with its claim, its offer, its merchant, and its reversal if it was taken back."""

    redemption: Redemption
    claim: Claim
    offer: Offer
    merchant: Merchant
    reversal: Reversal | None


def current_uses(db: Session, claim_ids: Iterable[str]) -> dict[str, Redemption]:
    """By claim: the redemption that was not reversed, where there is one."""
    unreversed = (
        select(Redemption)
        .outerjoin(Reversal, col(Reversal.redemption_id) == col(Redemption.id))
        .where(col(Redemption.claim_id).in_(list(claim_ids)), col(Reversal.id).is_(None))
    )
    return {redemption.claim_id: redemption for redemption in db.exec(unreversed).all()}


def uses_since(db: Session, since: datetime, *, merchant_id: str | None, most: int = 50) -> list[Use]:
    """The newest first, of one merchant or of all."""
    newest = _uses(merchant_id).where(col(Redemption.redeemed_at) >= since)
    newest = newest.order_by(col(Redemption.redeemed_at).desc(), col(Redemption.id).desc()).limit(most)
    return [Use(*row) for row in db.exec(newest).all()]


def use_of(db: Session, redemption_id: str, *, merchant_id: str | None) -> Use:
    """One redemption; raises NoSuchRedemption if there is none, or none of this merchant."""
    found = db.exec(_uses(merchant_id).where(Redemption.id == redemption_id)).first()
    if found is None:
        raise NoSuchRedemption
    return Use(*found)


def _uses(merchant_id: str | None) -> Any:
    uses = (
        select(Redemption, Claim, Offer, Merchant, Reversal)  # type: ignore[call-overload]  # known for up to four
        .join(Claim, col(Claim.id) == col(Redemption.claim_id))
        .join(Offer, col(Offer.id) == col(Claim.offer_id))
        .join(Merchant, col(Merchant.id) == col(Redemption.merchant_id))
        .outerjoin(Reversal, col(Reversal.redemption_id) == col(Redemption.id))
    )
    return uses if merchant_id is None else uses.where(Redemption.merchant_id == merchant_id)
