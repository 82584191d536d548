"""The identity of a phone: a random token in an HttpOnly cookie, or else in the page's address.

An iPhone's captive sheet stores no cookie, so pages carry the token as `t`. A cookie takes precedence. `t` is accepted
only from one of our own pages: an address from someone else must not make this phone fill another's wallet.
"""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from flask import Response, after_this_request, g, request

from media.phone.tokens import is_token, new_token

COOKIE = "liftcast_phone"
FIELD = "t"
STORED_FOR = timedelta(days=400)  # the longest that browsers keep a cookie


def phone_token() -> str:
    """This phone's token, a new one if it has none. The answer to this request sets it as a cookie."""
    if "phone_token" not in g:
        g.phone_token = _given_token() or new_token()
        after_this_request(_set_cookie)
    return str(g.phone_token)


def token_for_links() -> str | None:
    """The token for forms and links of a phone that has sent no cookie; None where the cookie suffices."""
    token = phone_token()
    return None if request.cookies.get(COOKIE) == token else token


def own_address(path: str) -> str:
    """An address on this host for this phone, with its token where it sends no cookie."""
    token = token_for_links()
    return f"{path}?{FIELD}={token}" if token else path


def _given_token() -> str | None:
    given = (request.cookies.get(COOKIE), request.values.get(FIELD) if from_own_page() else None)
    return next((token for token in given if is_token(token)), None)


def from_own_page() -> bool:
    """Whether one of our own pages sent this request.

    On https browsers say so themselves; on http they name the page before, which a page may hide but not forge. A POST
    always names its origin: without one it comes from a program, which nobody can send a link to.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    before = request.headers.get("Origin") or request.headers.get("Referer")
    return request.method == "POST" if before is None else urlsplit(before).netloc == request.host


def _set_cookie(response: Response) -> Response:
    """A form on another site is sent without this phone's cookie: the answer must not replace that cookie."""
    if request.method == "GET" or from_own_page():
        response.set_cookie(
            COOKIE, g.phone_token, max_age=STORED_FOR, httponly=True, samesite="Lax", secure=request.is_secure, path="/"
        )
    response.headers.setdefault("Cache-Control", "no-store")
    return response
