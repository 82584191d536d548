"""The wallet's blueprint: its errors and headers, and the links that it hands out."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from media.phone.claims import from_page
from media.phone.headers import keep_private
from media.phone.identity import token_for_links
from server.context import services
from server.coupons.codes.derive import CouponKeys, coupon_keys
from server.errors import LiftcastError
from server.http.answers import retry_headers
from server.web.answers import answer_error, answer_invalid
from server.web.words.coupons import WORDS

bp = Blueprint("wallet", __name__)
bp.after_request(keep_private)


@bp.context_processor
def shared() -> dict[str, object]:
    return {**WORDS, "phone_token": token_for_links}


@bp.errorhandler(LiftcastError)
def refuse(error: LiftcastError) -> ResponseReturnValue:
    """A page for a browser that sent a form, JSON for programs."""
    if not from_page():
        return answer_error(error)
    return render_template("wallet/refused.html", error=error), error.status, retry_headers(error)


@bp.errorhandler(ValidationError)
def refuse_invalid(error: ValidationError) -> ResponseReturnValue:
    return answer_invalid(error)


def keys() -> CouponKeys:
    return coupon_keys(services().settings.secret_key)


def public_link(path: str) -> str:
    """Every link handed out bears the server's public name: it lives on when the WiFi is gone."""
    return services().settings.public_url + path
