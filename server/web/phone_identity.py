"""Which phone is asking: a random token in an HttpOnly cookie, or else in the page's address.

An iPhone's captive sheet keeps no cookie, so pages carry the token as `t`. Where there is a cookie, it counts; and `t`
counts only from one of our own pages: an address from someone else must not make this phone fill another's wallet.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Response, after_this_request, g, request
from sqlmodel import Session

from server.coupons.models import Phone
from server.coupons.phones import find_phone, is_token, new_token, phone_of_token
from server.db import utc_now
from server.web.words.language import language

COOKIE = "liftcast_phone"
FIELD = "t"
KEPT_FOR = timedelta(days=400)  # the longest that browsers keep a cookie


def current_phone(db: Session) -> Phone:
    """The asking phone, written down if it is new; needs a transaction."""
    now = utc_now()
    phone = phone_of_token(db, phone_token(), language=language(), now=now)
    g.phone_was_known = phone.created_at < now
    return phone


def was_known() -> bool:
    """Whether this request has met a phone that was written down before."""
    return bool(g.get("phone_was_known", False))


def known_phone(db: Session) -> Phone | None:
    """The asking phone, if it has done something worth keeping before."""
    return find_phone(db, phone_token())


def phone_token() -> str:
    """This phone's token, a new one if it has none; the answer keeps it as a cookie where cookies are kept."""
    if "phone_token" not in g:
        g.phone_token = _given_token() or new_token()
        after_this_request(_keep)
    return str(g.phone_token)


def token_for_links() -> str | None:
    """The token for forms and links of a phone that has shown no cookie; None where the cookie does it."""
    token = phone_token()
    return None if request.cookies.get(COOKIE) == token else token


def own_address(path: str) -> str:
    """Where this phone goes next; it takes its token along where no cookie does."""
    token = token_for_links()
    return f"{path}?{FIELD}={token}" if token else path


def _given_token() -> str | None:
    given = (request.cookies.get(COOKIE), request.values.get(FIELD) if _from_own_page() else None)
    return next((token for token in given if is_token(token)), None)


def _from_own_page() -> bool:
    """Browsers tell it themselves on https; on http they tell the page before, which a page may hide but not forge.

    What is posted always names its origin: without one it comes from a program, which nobody can send a link to.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    before = request.headers.get("Origin") or request.headers.get("Referer")
    return request.method == "POST" if before is None else urlsplit(before).netloc == request.host


def _keep(response: Response) -> Response:
    """A form on another site comes without this phone's cookie: the answer must not put another in its place."""
    if request.method == "GET" or _from_own_page():
        response.set_cookie(
            COOKIE, g.phone_token, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
        )
    response.headers.setdefault("Cache-Control", "no-store")
    return response
