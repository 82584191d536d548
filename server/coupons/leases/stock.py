"""Pieces between the stock and the boxes: taken for a lease, and put back."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select, update

from server.coupons.models import LeasedClaim, LeasedState, Offer, OfferState
from server.coupons.offers import announce_stock


def take_pieces(db: Session, offer_id: str, pieces: int, *, now: datetime) -> bool:
    """Take them all, or none; only of an offer that can be claimed."""
    claimable = (col(Offer.state) == OfferState.ACTIVE, col(Offer.archived_at).is_(None))
    return _change(db, offer_id, -pieces, *claimable, now=now)


def take_again(db: Session, offer_id: str, *, now: datetime) -> bool:
    """Take a piece for a claim that was returned although a phone has it; also of an offer that was stopped since."""
    return _change(db, offer_id, -1, now=now)


def put_back(db: Session, offer_id: str, pieces: int, *, now: datetime) -> None:
    if pieces:
        _change(db, offer_id, pieces, now=now)


def leased_pieces(db: Session, offer_id: str) -> int:
    """How many pieces of the offer boxes hold that no phone is known to have."""
    leased = (col(LeasedClaim.offer_id) == offer_id, col(LeasedClaim.state) == LeasedState.LEASED)
    return db.exec(select(func.count()).select_from(LeasedClaim).where(*leased)).one()


def _change(db: Session, offer_id: str, by: int, *conditions: object, now: datetime) -> bool:
    """One UPDATE decides, so that the stock is never below zero."""
    won = db.exec(
        update(Offer)
        .where(col(Offer.id) == offer_id, col(Offer.stock_left) >= -by, *conditions)  # type: ignore[arg-type]
        .values(stock_left=col(Offer.stock_left) + by)
        .execution_options(synchronize_session=False)
    )
    if won.rowcount == 1:
        announce_stock(db, offer_id, now=now)
    return bool(won.rowcount == 1)
