"""Browsers in which a person has signed in before: guesses elsewhere must not lock them out of these.

A signed cookie names the account and this browser. Wrong passwords of a known browser are counted for it alone, so the
cookie opens nothing: it gives its browser ten tries of its own.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from flask import Response, after_this_request, request
from itsdangerous import BadSignature, URLSafeSerializer

from server.context import services

COOKIE = "liftcast_known_"
KEPT_FOR = timedelta(days=400)  # the longest that browsers keep a cookie


def account_key(email: str) -> str:
    """The account that is tried, whether it exists or not; a hash, for the counts may be stored in Redis."""
    return sha256(email.strip().lower().encode(errors="replace")).hexdigest()


def known_browser(email: str) -> str | None:
    """The id of this browser, if someone has signed in with it as this account."""
    account = account_key(email)
    try:
        known, browser = _serializer().loads(request.cookies.get(_cookie_of(account), ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return f"{account}:{browser}" if known == account else None


def remember_browser(email: str) -> None:
    """After this request the browser is known to belong to someone who signed in as this account."""
    account = account_key(email)
    value = str(_serializer().dumps([account, secrets.token_hex(8)]))

    @after_this_request
    def keep(response: Response) -> Response:
        response.set_cookie(
            _cookie_of(account),
            value,
            max_age=KEPT_FOR,
            path="/sign-in",
            httponly=True,
            samesite="Lax",
            secure=services().settings.secure_cookies,
        )
        return response


def _cookie_of(account: str) -> str:
    return COOKIE + account[:12]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(services().settings.secret_key, salt="known browser")
