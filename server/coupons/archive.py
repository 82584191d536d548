"""Archive merchants and offers, so that they are hidden and claimed no more; and restore them as they were."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select, update

from media.wire.phone import OfferStanding
from server.accounts.models import ApiKey, Person
from server.coupons.merchants import merchant_in_use, merchant_of
from server.coupons.models import Claim, Merchant, Offer
from server.coupons.offers import announce_stock, offer_of
from server.coupons.validity import offer_standing


@dataclass(frozen=True)
class OfferUses:
    """coupons_out: claimed, not redeemed, and valid still"""

    coupons_out: int


@dataclass(frozen=True)
class MerchantUses:
    """open_offers: their titles · people: who sign in for the merchant · keys: of its machines"""

    open_offers: list[str]
    coupons_out: int
    people: int
    keys: int


def uses_of_offer(db: Session, offer_id: str, *, now: datetime) -> OfferUses:
    return OfferUses(_coupons_out(db, [offer_id], now))


def uses_of_merchant(db: Session, merchant_id: str, *, now: datetime) -> MerchantUses:
    offers = db.exec(select(Offer).where(Offer.merchant_id == merchant_id).order_by(col(Offer.id))).all()
    people = (
        select(func.count())
        .select_from(Person)
        .where(Person.merchant_id == merchant_id, col(Person.disabled_at).is_(None))
    )
    keys = (
        select(func.count())
        .select_from(ApiKey)
        .where(ApiKey.merchant_id == merchant_id, col(ApiKey.revoked_at).is_(None))
    )
    return MerchantUses(
        open_offers=[offer.title for offer in offers if offer_standing(offer, now) is OfferStanding.OPEN],
        coupons_out=_coupons_out(db, [offer.id for offer in offers], now),
        people=db.exec(people).one(),
        keys=db.exec(keys).one(),
    )


def archive_offer(db: Session, offer_id: str, *, now: datetime) -> Offer:
    """Coupons that are out stay valid."""
    return _mark_offer(db, offer_id, now, now=now)


def restore_offer(db: Session, offer_id: str, *, now: datetime) -> Offer:
    """The offer as it was before: open, paused, or what its terms say. Raises MerchantArchived."""
    merchant_in_use(db, offer_of(db, offer_id).merchant_id)
    return _mark_offer(db, offer_id, None, now=now)


def archive_merchant(db: Session, merchant_id: str, *, now: datetime) -> Merchant:
    """Its offers are archived with it. An offer that was archived before keeps its own instant, so that restoring the
    merchant restores only the others."""
    merchant = merchant_of(db, merchant_id)
    in_use = (col(Merchant.id) == merchant.id, col(Merchant.archived_at).is_(None))
    if db.exec(update(Merchant).where(*in_use).values(archived_at=now)).rowcount == 1:
        _mark_offers(db, merchant.id, None, now, now=now)
    db.refresh(merchant)
    return merchant


def restore_merchant(db: Session, merchant_id: str, *, now: datetime) -> Merchant:
    merchant = merchant_of(db, merchant_id)
    since = merchant.archived_at
    if since is not None:
        db.exec(update(Merchant).where(col(Merchant.id) == merchant.id).values(archived_at=None))
        _mark_offers(db, merchant.id, since, None, now=now)
    db.refresh(merchant)
    return merchant


def _mark_offer(db: Session, offer_id: str, archived_at: datetime | None, *, now: datetime) -> Offer:
    """The first of two who archive it sets the instant."""
    offer = offer_of(db, offer_id)
    changes = col(Offer.archived_at).is_(None) if archived_at else col(Offer.archived_at).is_not(None)
    db.exec(update(Offer).where(col(Offer.id) == offer.id, changes).values(archived_at=archived_at))
    db.refresh(offer)
    announce_stock(db, offer.id, now=now)
    return offer


def _mark_offers(
    db: Session, merchant_id: str, before: datetime | None, after: datetime | None, *, now: datetime
) -> None:
    mine = (col(Offer.merchant_id) == merchant_id, col(Offer.archived_at).is_not_distinct_from(before))
    for offer_id in db.exec(select(Offer.id).where(*mine)).all():
        _mark_offer(db, offer_id, after, now=now)


def _coupons_out(db: Session, offer_ids: list[str], now: datetime) -> int:
    out = (col(Claim.offer_id).in_(offer_ids), col(Claim.redeemed_at).is_(None), col(Claim.expires_at) > now)
    return db.exec(select(func.count()).select_from(Claim).where(*out)).one()
