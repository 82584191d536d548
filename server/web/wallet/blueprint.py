"""The wallet's blueprint: its errors and headers, and the links that it hands out."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from server.context import services
from server.coupons.codes import CouponKeys, coupon_keys
from server.errors import LiftcastError
from server.http.answers import retry_headers
from server.web.answers import answer_error, answer_invalid
from server.web.phone_identity import token_for_links
from server.web.words.coupons import WORDS

bp = Blueprint("wallet", __name__)


def content_policy(host: str) -> str:
    return "; ".join(
        (
            "default-src 'self'",
            "img-src 'self' data:",
            "style-src 'self' 'unsafe-inline'",
            # Older Safari does not count its own socket as 'self'.
            f"connect-src 'self' ws://{host} wss://{host}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


@bp.context_processor
def shared() -> dict[str, object]:
    return {**WORDS, "phone_token": token_for_links}


@bp.after_request
def keep_private(response: Response) -> Response:
    """Addresses of these pages open coupons: they are neither stored nor sent to other sites.

    Their own site gets them: that shows that the next page's `t` is this phone's own.
    """
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("Content-Security-Policy", content_policy(request.host))
    return response


@bp.errorhandler(LiftcastError)
def refuse(error: LiftcastError) -> ResponseReturnValue:
    """A page for whoever sent a form, JSON for programs."""
    if not from_page():
        return answer_error(error)
    return render_template("wallet/refused.html", error=error), error.status, retry_headers(error)


@bp.errorhandler(ValidationError)
def refuse_invalid(error: ValidationError) -> ResponseReturnValue:
    return answer_invalid(error)


def from_page() -> bool:
    """A plain form that a browser sent, or a page that it opens; a program sends JSON or asks for it."""
    wants_page = request.accept_mimetypes.best_match(["application/json", "text/html"]) == "text/html"
    form = request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")
    return wants_page and (form or not request.path.startswith("/api/"))


def keys() -> CouponKeys:
    return coupon_keys(services().settings.secret_key)


def public_link(path: str) -> str:
    """Every link handed out bears the server's public name: it lives on when the WiFi is gone."""
    return services().settings.public_url + path
