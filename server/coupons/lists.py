"""Merchants as lists show them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from server.coupons.models import Merchant, Offer
from server.paging import Page, PageRequest, has_words, page_of, read_page, sorted_by_name


def all_merchants(db: Session, *, also_archived: bool = False) -> list[Merchant]:
    query = select(Merchant)
    return sorted_by_name(db.exec(query if also_archived else query.where(col(Merchant.archived_at).is_(None))))


def page_of_merchants(
    db: Session, request: PageRequest, *, merchant_id: str | None = None, archived: bool = False
) -> Page[Merchant]:
    """The merchants in use, or the archived ones, by name; searched by name and address; all, or one alone."""
    query = select(Merchant)
    query = query.where(col(Merchant.archived_at).is_not(None) if archived else col(Merchant.archived_at).is_(None))
    if merchant_id is not None:
        query = query.where(Merchant.id == merchant_id)
    if request.words:
        query = query.where(has_words(col(Merchant.name) + " " + col(Merchant.address), request.words))
    return page_of(sorted_by_name(db.exec(query)), request)


def page_of_offers(
    db: Session, request: PageRequest, *, merchant_id: str | None = None, archived: bool = False
) -> Page[Offer]:
    """Offers in use, or the archived ones, newest first; searched by title and merchant; of all, or of one merchant."""
    query = select(Offer).order_by(col(Offer.id).desc())
    query = query.where(col(Offer.archived_at).is_not(None) if archived else col(Offer.archived_at).is_(None))
    if merchant_id is not None:
        query = query.where(Offer.merchant_id == merchant_id)
    if request.words:
        searched = col(Offer.title) + " " + col(Merchant.name)
        query = query.join(Merchant, col(Merchant.id) == col(Offer.merchant_id)).where(
            has_words(searched, request.words)
        )
    return read_page(db, query, request)
