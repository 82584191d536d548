"""The phone's web as a Flask blueprint: a screen's page and stage, the clock, the built script and style. Public."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, abort, jsonify, make_response, redirect, request
from flask.typing import ResponseReturnValue
from ulid import ULID

from media.clock import answer_ping
from media.phone.built_files import send_built
from media.phone.claims import from_page
from media.phone.games import add_game_routes
from media.phone.headers import no_store, phone_page_policy
from media.phone.identity import token_for_links
from media.phone.page import DIST, Visitor, read_bundle, render_missing, render_page
from media.phone.source import PhoneSource
from media.wire.phone import FaultReport

BUILT = re.compile(r"(page|try|style)-[A-Z0-9]+\.(js|css)")
LONGEST_ITEM = 53
LONGEST_PRESENCE = 64
LONGEST_CODE = 20


def blueprint(source: PhoneSource) -> Blueprint:
    """The pages and the API of one source. `media.phone.claims` adds those of coupons."""
    bp = Blueprint("phone", __name__)

    @bp.get("/s/<code>")
    def page(code: str) -> ResponseReturnValue:
        """The stage as plain HTML. `i` is the item that was scanned, `p` the presence token of the strip's QR."""
        bundle, scanned = read_bundle(), request.args.get("i", "")[:LONGEST_ITEM]
        found = source.page(code, scanned)
        if found is None:
            html = render_missing(code[:LONGEST_CODE], language=source.language(), bundle=bundle)
            return _page(html, media_base="", public_base=source.public_base), 404
        visitor = Visitor(
            code=found.code,
            public_base=source.public_base,
            wish=str(ULID()),
            language=source.language(),
            scanned=scanned,
            scanned_item=found.scanned_item,
            presence=request.args.get("p", "")[:LONGEST_PRESENCE],
            present=source.present,
            token=token_for_links() or "",
            stock=found.stock,
            fault_open="fault" in request.args,
            reported="reported" in request.args,
        )
        html = render_page(found.stage, visitor=visitor, bundle=bundle)
        return _page(html, media_base=found.stage.media_base, public_base=source.public_base)

    @bp.get("/api/v1/screens/<code>/stage")
    def stage(code: str) -> ResponseReturnValue:
        return no_store(jsonify(source.stage(code).model_dump(mode="json")))

    @bp.post("/api/v1/screens/<code>/faults")
    def report_fault(code: str) -> ResponseReturnValue:
        """From the page's script as JSON, or from its form, which is answered with the page again."""
        given = request.get_json() if request.is_json and request.get_data() else request.form.to_dict()
        report = FaultReport.model_validate({} if given is None else given)
        source.report_fault(code, report)
        if from_page():
            query = {name: request.form[name] for name in ("p", "t") if request.form.get(name)}
            return redirect(f"/s/{quote(code, safe='')}?{urlencode({'reported': '1', **query})}#fault", 303)
        return {}, 201

    add_game_routes(bp, source)

    @bp.get("/api/v1/clock")
    def clock() -> ResponseReturnValue:
        """For phones without a socket. `t0` is the phone's own clock and comes back untouched."""
        pong = answer_ping({"t0": request.args.get("t0", "")}, source.now_ms)
        return no_store(jsonify(pong.model_dump()))

    @bp.get("/phone/<name>")
    def built(name: str) -> ResponseReturnValue:
        """The script and the style; their names bear a digest of their content, so they never change."""
        read_bundle()
        if not BUILT.fullmatch(name):
            abort(404)
        return send_built(DIST, name, for_ever=True)

    return bp


def _page(html: str, *, media_base: str, public_base: str) -> Response:
    answer = no_store(make_response(html))
    answer.headers["Content-Security-Policy"] = phone_page_policy(media_base=media_base, public_base=public_base)
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer
