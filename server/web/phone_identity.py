"""Which phone is asking: a random token in an HttpOnly cookie, or else in the page's address.

An iPhone's captive sheet keeps no cookie, so pages carry the token as `t`. Where there is a cookie, it counts: an
address from someone else must not make this phone fill another's wallet.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, after_this_request, g, request
from sqlmodel import Session

from server.coupons.models import Phone
from server.coupons.phones import find_phone, is_token, new_token, phone_of_token
from server.db import utc_now
from server.web.language import language

COOKIE = "liftcast_phone"
FIELD = "t"
KEPT_FOR = timedelta(days=400)  # the longest that browsers keep a cookie


def current_phone(db: Session) -> Phone:
    """The asking phone, written down if it is new; needs a transaction."""
    return phone_of_token(db, phone_token(), language=language(), now=utc_now())


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


def _given_token() -> str | None:
    given = (request.cookies.get(COOKIE), request.values.get(FIELD))
    return next((token for token in given if is_token(token)), None)


def _keep(response: Response) -> Response:
    """A form on another site comes without this phone's cookie: the answer must not put another in its place."""
    if request.method == "GET" or request.headers.get("Sec-Fetch-Site") != "cross-site":
        response.set_cookie(
            COOKIE, g.phone_token, max_age=KEPT_FOR, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
        )
    response.headers.setdefault("Cache-Control", "no-store")
    return response
