"""The wallet of a phone: its claims, each with its code and whether it can still be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from media.coupon_codes import live_number, static_code
from media.wire.phone import ClaimState
from server.coupons.codes.derive import (
    CouponKeys,
    claim_secret,
    finding_hmac,
    link_epoch,
    link_token,
    qr_handle,
    qr_text,
    step_at,
)
from server.coupons.codes.read import NoSuchLink, read_link
from server.coupons.models import Claim, Lease, LeasedClaim, LeasedState, Merchant, Offer, Redemption
from server.coupons.uses import current_uses
from server.errors import Conflict


class LinkVoided(Conflict):
    """This coupon was moved to another phone, and this copy is void. Open it on the phone that holds it now."""


def claim_state(claim: Claim, now: datetime) -> ClaimState:
    if claim.redeemed_at is not None:
        return ClaimState.REDEEMED
    return ClaimState.EXPIRED if claim.expires_at <= now else ClaimState.READY


@dataclass(frozen=True)
class HeldClaim:
    """A claim with its offer, its merchant, and the redemption in force."""

    claim: Claim
    offer: Offer
    merchant: Merchant
    use: Redemption | None

    def state(self, now: datetime) -> ClaimState:
        return claim_state(self.claim, now)


@dataclass(frozen=True)
class Copy:
    """The codes and links that the holder's page shows of a claim in this half-minute."""

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


def wallet_of(db: Session, phone_id: str) -> list[HeldClaim]:
    """The newest first."""
    mine = select(Claim).where(Claim.phone_id == phone_id).order_by(col(Claim.claimed_at).desc(), col(Claim.id).desc())
    return held_claims(db, db.exec(mine).all())


def claim_of_link(db: Session, token: str, *, keys: CouponKeys) -> HeldClaim:
    """The claim that a link opens."""
    handle, proof = read_link(token)
    hashed = finding_hmac(keys, "link", handle)
    claim = db.exec(select(Claim).where(Claim.link_hmac == hashed)).first() or _unreported(db, hashed)
    epoch = link_epoch(keys, claim.id, proof, newest=claim.epoch) if claim is not None else None
    if claim is None or epoch is None:
        raise NoSuchLink
    if epoch != claim.epoch:
        raise LinkVoided
    return held_claims(db, [claim])[0]


def _unreported(db: Session, link_hmac: str) -> Claim | None:
    """The claim that a box has handed out and not reported yet, of no known phone: no row, as this only reads."""
    query = select(LeasedClaim, Lease).join(Lease, col(Lease.id) == col(LeasedClaim.lease_id))
    unreported = (LeasedClaim.link_hmac == link_hmac, LeasedClaim.state == LeasedState.LEASED)
    found = db.exec(query.where(*unreported)).first()
    if found is None:
        return None
    leased, lease = found
    return Claim(
        **{column: getattr(leased, column) for column in ("id", "offer_id", "code_hmac", "qr_hmac", "link_hmac")},
        phone_id="",
        idempotency_key="",
        claimed_at=lease.made_at,
        expires_at=leased.expires_at,
    )


def held_claims(db: Session, claims: Sequence[Claim]) -> list[HeldClaim]:
    """Claims with all that a page shows of them, in three queries for any number."""
    offers = _offers(db, {claim.offer_id for claim in claims})
    merchants = _merchants(db, {offer.merchant_id for offer in offers.values()})
    uses = current_uses(db, [claim.id for claim in claims if claim.redeemed_at is not None])
    return [_held_claim(claim, offers[claim.offer_id], merchants, uses) for claim in claims]


def _held_claim(claim: Claim, offer: Offer, merchants: dict[str, Merchant], uses: dict[str, Redemption]) -> HeldClaim:
    return HeldClaim(claim, offer, merchants[offer.merchant_id], uses.get(claim.id))


def _offers(db: Session, ids: set[str]) -> dict[str, Offer]:
    return {offer.id: offer for offer in db.exec(select(Offer).where(col(Offer.id).in_(ids))).all()}


def _merchants(db: Session, ids: set[str]) -> dict[str, Merchant]:
    return {merchant.id: merchant for merchant in db.exec(select(Merchant).where(col(Merchant.id).in_(ids))).all()}
