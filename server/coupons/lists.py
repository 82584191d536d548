"""Merchants as lists show them."""

from __future__ import annotations

from sqlmodel import Session, select

from server.coupons.models import Merchant


def all_merchants(db: Session) -> list[Merchant]:
    return list(db.exec(select(Merchant).order_by(Merchant.name, Merchant.id)))
