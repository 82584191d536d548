"""The database's row of the phone that sends a request."""

from __future__ import annotations

from flask import g
from sqlmodel import Session

from media.phone.identity import phone_token
from server.coupons.models import Phone
from server.coupons.wallets.phones import find_phone, phone_of_token
from server.db import utc_now
from server.web.words.language import language


def current_phone(db: Session) -> Phone:
    """This request's phone, written down if it is new; requires a transaction."""
    now = utc_now()
    phone = phone_of_token(db, phone_token(), language=language(), now=now)
    g.phone_was_known = phone.created_at < now
    return phone


def was_known() -> bool:
    """Whether `current_phone` of this request found a phone that was written down before."""
    return bool(g.get("phone_was_known", False))


def known_phone(db: Session) -> Phone | None:
    """This request's phone, if it was written down before."""
    return find_phone(db, phone_token())
