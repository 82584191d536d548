"""Phones: each has a random token, of which only the hash is stored. No MAC address, no fingerprint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import bindparam
from sqlmodel import Session, func, select

from server.coupons.models import Claim, Phone
from server.db import insert_once


def token_hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


PHONE_OF_HASH = select(Phone).where(Phone.token_hash == bindparam("token_hash"))


def find_phone(db: Session, token: str) -> Phone | None:
    return _phone_with(db, token_hash(token))


def phone_of_token(db: Session, token: str, *, language: str = "", now: datetime) -> Phone:
    """The phone with this token; its row is written at its first request that needs one."""
    return phone_of_hash(db, token_hash(token), language=language, now=now)


def phone_of_hash(db: Session, hashed: str, *, language: str = "", now: datetime) -> Phone:
    """The same, of a phone whose token only a box has seen."""
    return find_or_add_phone(db, hashed, language=lambda: language, now=now)[0]


def find_or_add_phone(db: Session, hashed: str, *, language: Callable[[], str], now: datetime) -> tuple[Phone, bool]:
    """The phone, and whether this transaction added it. `language` is called for a new phone only."""
    known = _phone_with(db, hashed)
    if known is not None:
        return known, False
    phone = Phone(token_hash=hashed, language=language()[:5], created_at=now)
    if insert_once(db, phone):
        return phone, True
    return db.exec(PHONE_OF_HASH, params={"token_hash": hashed}).one(), False


def _phone_with(db: Session, hashed: str) -> Phone | None:
    return db.exec(PHONE_OF_HASH, params={"token_hash": hashed}).first()


def next_nth(db: Session, offer_id: str, phone_id: str) -> int:
    """The number of a claim that this phone gets beside those that it has of the same offer."""
    mine = select(func.max(Claim.nth)).where(Claim.offer_id == offer_id, Claim.phone_id == phone_id)
    return 1 + (db.exec(mine).one() or 0)
