"""The database's row of the phone that sends a request."""

from __future__ import annotations

from flask import g
from sqlmodel import Session

from media.phone.identity import phone_token
from server.coupons.models import Phone
from server.coupons.wallets.phones import find_or_add_phone, find_phone, token_hash
from server.db import utc_now
from server.web.words.language import language


def current_phone(db: Session) -> Phone:
    """This request's phone, written down if it is new; requires a transaction."""
    phone, is_new = find_or_add_phone(db, token_hash(phone_token()), language=language, now=utc_now())
    g.phone_was_known = not is_new
    return phone


def was_known() -> bool:
    """Whether `current_phone` of this request found a phone that another transaction wrote."""
    return bool(g.get("phone_was_known", False))


def known_phone(db: Session) -> Phone | None:
    """This request's phone, if it was written down before."""
    return find_phone(db, phone_token())
