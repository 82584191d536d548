"""Phones: each has a random token, of which only the hash is stored. No MAC address, no fingerprint."""

from __future__ import annotations

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
    return db.exec(PHONE_OF_HASH, params={"token_hash": token_hash(token)}).first()


def phone_of_token(db: Session, token: str, *, language: str = "", now: datetime) -> Phone:
    """The phone with this token; its row is written at its first request that needs one."""
    return phone_of_hash(db, token_hash(token), language=language, now=now)


def phone_of_hash(db: Session, hashed: str, *, language: str = "", now: datetime) -> Phone:
    """The same, of a phone whose token only a box has seen."""
    query = {"token_hash": hashed}
    known = db.exec(PHONE_OF_HASH, params=query).first()
    if known is not None:
        return known
    phone = Phone(token_hash=hashed, language=language[:5], created_at=now)
    return phone if insert_once(db, phone) else db.exec(PHONE_OF_HASH, params=query).one()


def next_nth(db: Session, offer_id: str, phone_id: str) -> int:
    """The number of a claim that this phone gets beside those that it has of the same offer."""
    mine = select(func.max(Claim.nth)).where(Claim.offer_id == offer_id, Claim.phone_id == phone_id)
    return 1 + (db.exec(mine).one() or 0)
