"""Merchants as lists show them."""

from __future__ import annotations

from sqlmodel import Session, col, select

from server.coupons.models import Merchant
from server.paging import Page, PageRequest, has_words, read_page


def all_merchants(db: Session, *, also_archived: bool = False) -> list[Merchant]:
    query = select(Merchant).order_by(Merchant.name, Merchant.id)
    return list(db.exec(query if also_archived else query.where(col(Merchant.archived_at).is_(None))))


def page_of_merchants(db: Session, request: PageRequest, *, archived: bool = False) -> Page[Merchant]:
    """By name; searched by name and address. Those in use, or the archived ones."""
    query = select(Merchant).order_by(Merchant.name, Merchant.id)
    query = query.where(col(Merchant.archived_at).is_not(None) if archived else col(Merchant.archived_at).is_(None))
    if request.words:
        query = query.where(has_words(col(Merchant.name) + " " + col(Merchant.address), request.words))
    return read_page(db, query, request)
