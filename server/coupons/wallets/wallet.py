"""What a phone holds: its claims, each with what it shows and whether it can still be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from media.wire.phone import ClaimState
from server.coupons.codes.derive import (
    CouponKeys,
    claim_secret,
    finding_hmac,
    link_epoch,
    link_token,
    live_number,
    qr_handle,
    qr_text,
    static_code,
    step_at,
)
from server.coupons.codes.read import NoSuchLink, read_link
from server.coupons.models import Claim, Merchant, Offer, Redemption
from server.coupons.uses import standing_uses
from server.errors import Conflict


class LinkVoided(Conflict):
    """This coupon was moved to another phone, and this copy is void. Open it on the phone that holds it now."""


def claim_state(claim: Claim, now: datetime) -> ClaimState:
    if claim.redeemed_at is not None:
        return ClaimState.REDEEMED
    return ClaimState.EXPIRED if claim.expires_at <= now else ClaimState.READY


@dataclass(frozen=True)
class Held:
    """A claim with its offer, its merchant, and the redemption that stands."""

    claim: Claim
    offer: Offer
    merchant: Merchant
    use: Redemption | None

    def state(self, now: datetime) -> ClaimState:
        return claim_state(self.claim, now)


@dataclass(frozen=True)
class Copy:
    """What the holder's page shows of a claim in this half-minute."""

    secret: bytes
    handle: str
    code: str
    number: str
    qr: str
    link: str


def copy_of(claim: Claim, keys: CouponKeys, now: datetime) -> Copy:
    secret, step = claim_secret(keys, claim.id, claim.epoch), step_at(now)
    return Copy(
        secret=secret,
        handle=qr_handle(keys, claim.id),
        code=static_code(secret),
        number=live_number(secret, step),
        qr=qr_text(keys, claim.id, secret, step=step),
        link=link_token(keys, claim.id, secret),
    )


def wallet_of(db: Session, phone_id: str) -> list[Held]:
    """The newest first."""
    mine = select(Claim).where(Claim.phone_id == phone_id).order_by(col(Claim.claimed_at).desc(), col(Claim.id).desc())
    return held(db, db.exec(mine).all())


def claim_of_link(db: Session, token: str, *, keys: CouponKeys) -> Held:
    """The claim for whoever holds its link."""
    handle, proof = read_link(token)
    claim = db.exec(select(Claim).where(Claim.link_hmac == finding_hmac(keys, "link", handle))).first()
    epoch = link_epoch(keys, claim.id, proof, newest=claim.epoch) if claim is not None else None
    if claim is None or epoch is None:
        raise NoSuchLink
    if epoch != claim.epoch:
        raise LinkVoided
    return held(db, [claim])[0]


def held(db: Session, claims: Sequence[Claim]) -> list[Held]:
    """Claims with all that a page tells of them, in three queries however many they are."""
    offers = _offers(db, {claim.offer_id for claim in claims})
    merchants = _merchants(db, {offer.merchant_id for offer in offers.values()})
    uses = standing_uses(db, [claim.id for claim in claims if claim.redeemed_at is not None])
    return [_held(claim, offers[claim.offer_id], merchants, uses) for claim in claims]


def _held(claim: Claim, offer: Offer, merchants: dict[str, Merchant], uses: dict[str, Redemption]) -> Held:
    return Held(claim, offer, merchants[offer.merchant_id], uses.get(claim.id))


def _offers(db: Session, ids: set[str]) -> dict[str, Offer]:
    return {offer.id: offer for offer in db.exec(select(Offer).where(col(Offer.id).in_(ids))).all()}


def _merchants(db: Session, ids: set[str]) -> dict[str, Merchant]:
    return {merchant.id: merchant for merchant in db.exec(select(Merchant).where(col(Merchant.id).in_(ids))).all()}
