"""What phones see: the page of a screen, its stage, the clock, and the page's built script and style. Public."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, jsonify, make_response, request
from flask.typing import ResponseReturnValue

from media.phone.page import DIST, NotBuilt, Visitor, read_bundle, render_missing, render_page
from media.phone.words import Language
from media.wire.clock import ClockPing, ClockPong
from server.context import reading, services
from server.db import new_id, utc_now
from server.errors import LiftcastError
from server.screens.venues import NoScreen, screen_of_code
from server.web.answers import answer_error
from server.web.built_files import send_built
from server.web.phone_identity import token_for_links
from server.web.stages import phone_stage, scanned_item, stock_of
from server.web.words.language import language

bp = Blueprint("phone", __name__)

BUILT = re.compile(r"(page|style)-[A-Z0-9]+\.(js|css)")
LONGEST_ITEM = 53
LONGEST_PRESENCE = 64


class PhonePageNotBuilt(LiftcastError):
    """The phone page's script and style are not built. Run `make setup` on the server, then load this page again."""

    status = 503


@bp.get("/s/<code>")
def page(code: str) -> ResponseReturnValue:
    """The stage as plain HTML. `i` is the item that was scanned, `p` the presence token of the strip's QR."""
    bundle, now, rooms = read_bundle(), utc_now(), services()
    scanned = request.args.get("i", "")[:LONGEST_ITEM]
    with reading() as db:
        screen = screen_of_code(db, code)
        stage = phone_stage(db, rooms.store, screen, media_base=rooms.settings.media_url, now=now)
        item = scanned_item(db, rooms.store, screen, scanned, stage=stage)
        stock = stock_of(db, [*stage.items.values(), *([item] if item else [])], now=now)
    visitor = Visitor(
        code=screen.code,
        public_base=rooms.settings.public_url,
        wish=new_id(),
        language=page_language(),
        scanned=scanned,
        scanned_item=item,
        presence=request.args.get("p", "")[:LONGEST_PRESENCE],
        token=token_for_links() or "",
        stock=stock,
    )
    return _page(render_page(stage, visitor=visitor, bundle=bundle), stage.media_base)


@bp.get("/api/v1/screens/<code>/stage")
def stage(code: str) -> ResponseReturnValue:
    rooms = services()
    with reading() as db:
        screen = screen_of_code(db, code)
        made = phone_stage(db, rooms.store, screen, media_base=rooms.settings.media_url, now=utc_now())
    return _fresh(jsonify(made.model_dump(mode="json")))


@bp.get("/api/v1/clock")
def clock() -> ResponseReturnValue:
    """For phones without a socket. `t0` is the phone's own clock and comes back untouched."""
    came = time.time() * 1000
    ping = ClockPing.model_validate({"t0": request.args.get("t0", "")})
    return _fresh(jsonify(ClockPong(t0=ping.t0, t1=came, t2=time.time() * 1000).model_dump()))


@bp.get("/phone/<name>")
def built(name: str) -> ResponseReturnValue:
    """The script and the style; what they hold is in their name, so that they never change."""
    read_bundle()
    if not BUILT.fullmatch(name):
        abort(404)
    return send_built(DIST, name, keep=True)


@bp.errorhandler(NoScreen)
def no_screen(error: NoScreen) -> ResponseReturnValue:
    """A page that says what to do, for people; the usual answer for programs."""
    if request.path.startswith("/api/"):
        return answer_error(error)
    code = str((request.view_args or {}).get("code", ""))[:20]
    return _page(render_missing(code, language=page_language(), bundle=read_bundle()), ""), 404


@bp.errorhandler(NotBuilt)
def not_built(_error: NotBuilt) -> ResponseReturnValue:
    return answer_error(PhonePageNotBuilt())


def page_language() -> Language:
    return "zh" if language() == "zh" else "en"


def content_policy(*, media_base: str, public_base: str, host: str) -> str:
    """Own script and style, media from the media process, the public name to move to; nothing from elsewhere."""
    media = " ".join(dict.fromkeys(origin for origin in (_origin(media_base), _origin(public_base)) if origin))
    return "; ".join(
        (
            "default-src 'self'",
            f"img-src 'self' data: blob: {media}",
            f"media-src 'self' blob: {media}",
            # Older Safari does not count its own socket as 'self'.
            f"connect-src 'self' ws://{host} wss://{host} {media}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def _page(html: str, media_base: str) -> Response:
    answer = _fresh(make_response(html))
    public_base = services().settings.public_url
    answer.headers["Content-Security-Policy"] = content_policy(
        media_base=media_base, public_base=public_base, host=request.host
    )
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer


def _fresh(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
