"""The portal's Flask app: the first page, one tap, the captive-portal API, and the phone's web of the screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, make_response, redirect, request, send_file
from flask.json.provider import DefaultJSONProvider
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException

from media import strict_json
from media.games import package
from media.phone.blueprint import blueprint
from media.phone.claims import add_claim_routes, from_page
from media.phone.game_files import send_game_file
from media.phone.headers import content_policy, no_store
from media.phone.identity import from_own_page, phone_token, token_for_links
from media.phone.page import NotBuilt
from media.sockets.pace import Pace
from media.wire.errors import ErrorAnswer, ErrorBody
from player.hotspot.addresses import API_PATH
from player.hotspot.messages import Answer, NoVisit, Refused, VisitAnswer
from player.hotspot.plan import HotspotPlan
from player.line_socket import NoAnswer
from player.portal.arrival.captive_api import MIME, Access, describe_access
from player.portal.arrival.interception import Interception, phone_address
from player.portal.consent.consents import ConsentLog, Purpose
from player.portal.consent.remembered_phones import RememberedPhones
from player.portal.errors import PortalError, starting
from player.portal.games.box_games import BoxGames
from player.portal.pages import (
    PortalPage,
    mirror_path,
    offers_of,
    render_coupon,
    render_coupons,
    render_portal,
    render_problem,
    render_terms,
)
from player.portal.screen.leased_coupons import phone_hash
from player.portal.screen.player_source import PlayerPhoneSource
from player.portal.screen.stored_faults import StoredFaults
from player.portal.upstream.clients import PlayerClient, Visits
from player.portal.upstream.player_messages import LONGEST_LINK, MediaAnswer, NoScreen, ScreenAnswer
from player.portal.upstream.server_requests import ServerRequests

BODY_BYTES = 16_384
# Taps of one phone: a person taps a few times, a program that hammers waits.
TAPS_BURST, TAPS_PER_S = 10, 0.5
# A phone that plays without a socket sends its inputs five times a second.
INPUTS_BURST, INPUTS_PER_S = 20, 8
PHONES_PACED = 2048
DIGEST_CHARACTERS = 64
CHOICES_NOTES = {"1": "choices_saved", "0": "choices_not_saved"}  # by `saved` in the address


@dataclass
class Portal:
    """The objects that the portal's views use.

    plan: the box's addresses, which do not change · current_plan: what a visit may, which does
    monotonic: seconds · api_name: the portal's name while it has a certificate · now: the time of a consent
    """

    plan: HotspotPlan
    current_plan: Callable[[], HotspotPlan]
    visits: Visits
    player: PlayerClient
    server: ServerRequests
    consents: ConsentLog
    faults: StoredFaults
    games: BoxGames
    remembered: RememberedPhones
    monotonic: Callable[[], float]
    api_name: Callable[[], str | None]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    source: PlayerPhoneSource = field(init=False)
    _paces: dict[tuple[str, bool], Pace] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.source = PlayerPhoneSource(
            self.player, self.server, self.faults, self.games, lease=self._lease, on_claimed=self._remember_shop
        )

    def _lease(self) -> str:
        """This request's phone, by its name on the hotspot: its windows and private tabs share it."""
        found = self.access()
        return found.phone if isinstance(found, VisitAnswer | NoVisit) else phone_address(_address())

    def page(self, access: Answer | None, *more: str) -> PortalPage:
        choices = self.consents.choices_of(phone_token())
        return PortalPage(
            plan=self.current_plan(),
            access=access,
            screen=self.screen(),
            choices=choices,
            seen=self._remembered(Purpose.RETURNS, choices),
            shops=self._remembered(Purpose.OFFERS, choices),
            language=self.source.language(),
            token=token_for_links() or "",
            more=more,
        )

    def _remembered(self, purpose: Purpose, choices: Mapping[Purpose, bool]) -> frozenset[str]:
        return self.remembered.values_of(phone_token(), purpose, now=self.now()) if choices[purpose] else frozenset()

    def remember_items(self) -> None:
        """Of a phone that agreed to be recognised: what this screen shows is no news when it comes back."""
        screen = self.screen()
        if isinstance(screen, ScreenAnswer) and self.consents.choices_of(phone_token())[Purpose.RETURNS]:
            self.remembered.note(phone_token(), Purpose.RETURNS, screen.stage.items, now=self.now())

    def _remember_shop(self, offer_id: str) -> None:
        """Of a phone that agreed to see more of its shops' offers."""
        screen = self.screen()
        if isinstance(screen, ScreenAnswer) and self.consents.choices_of(phone_token())[Purpose.OFFERS]:
            shops = [offer.merchant for offer in offers_of(screen.stage) if offer.id == offer_id]
            self.remembered.note(phone_token(), Purpose.OFFERS, shops, now=self.now())

    def screen(self) -> ScreenAnswer | NoScreen | None:
        try:
            return self.player.screen()
        except NoAnswer:
            return None

    def access(self) -> Answer | None:
        try:
            return self.visits.look(_address())
        except NoAnswer:
            return None

    def record_choices(self) -> bool:
        """Of this request's form; whether they are stored. Another site's form may let the phone online, but it gives
        no consent."""
        if not from_own_page():
            return False
        ticked = set(request.form.getlist("choice"))
        choices = {purpose: purpose.value in ticked for purpose in Purpose}
        self.remembered.forget(phone_token(), [purpose for purpose, given in choices.items() if not given])
        return self.consents.record(phone_token(), choices, language=self.source.language(), now=self.now())

    def must_wait(self, *, plays: bool) -> bool:
        """Whether this phone taps faster than people do; plays: the inputs of a game, which have a pace of their own"""
        if len(self._paces) > PHONES_PACED:
            self._paces.clear()
        allowed = Pace(INPUTS_BURST, INPUTS_PER_S) if plays else Pace(TAPS_BURST, TAPS_PER_S)
        pace = self._paces.setdefault((phone_address(_address()), plays), allowed)
        return pace.delay_s(self.monotonic()) > 0


class StrictJson(DefaultJSONProvider):
    def loads(self, s: str | bytes, **more: Any) -> Any:
        return strict_json.loads(s, **more)


def create_portal(portal: Portal) -> Flask:
    app = Flask("player.portal", static_folder=None)
    app.json = StrictJson(app)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.extensions["liftcast"] = portal
    bp = blueprint(portal.source)
    add_claim_routes(bp, portal.source)
    app.register_blueprint(bp)
    _add_pages(app)
    _add_taps(app)
    _add_files(app)
    _add_coupons(app)
    _add_errors(app)
    return app


def intercept(app: Flask, portal: Portal) -> None:
    """The outermost middleware: what phones sent to other hosts reaches neither the app nor its sockets."""
    app.wsgi_app = Interception(app.wsgi_app, portal.plan, portal.visits.look, portal.api_name)  # type: ignore[method-assign]


def _portal() -> Portal:
    portal: Portal = current_app.extensions["liftcast"]
    return portal


def _address() -> str:
    return request.remote_addr or ""


def _add_pages(app: Flask) -> None:
    @app.get("/")
    def first_page() -> ResponseReturnValue:
        portal = _portal()
        saved = CHOICES_NOTES.get(request.args.get("saved", ""))
        return _html(render_portal(portal.page(portal.access(), *([saved] if saved else []))))

    @app.get("/terms")
    def terms() -> ResponseReturnValue:
        return _html(render_terms(_portal().source.language()))

    @app.get("/now")
    def now() -> ResponseReturnValue:
        """The venue's page of the captive-portal API: the screen's."""
        return _see_other(mirror_path(_portal().screen()) or "/")

    @app.get(API_PATH)
    def captive_api() -> ResponseReturnValue:
        """RFC 8908. A box without a certificate has no API, as the RFC requires TLS."""
        portal = _portal()
        name = portal.api_name()
        if name is None:
            abort(404)
        answer = portal.visits.look(_address())
        access = None
        if isinstance(answer, VisitAnswer):
            access = Access(answer.seconds_left, answer.bytes_left, answer.can_extend)
        base = f"https://{name}"
        json = describe_access(access, portal_url=f"{base}/", venue_url=f"{base}/now")
        return no_store(Response(json, mimetype=MIME))


def _add_taps(app: Flask) -> None:
    """Each is answered by another whole page: a captive sheet repeats its probe when it loads one."""

    @app.before_request
    def wait_if_tapping_too_fast() -> ResponseReturnValue | None:
        if request.method == "POST" and _portal().must_wait(plays=request.endpoint == "phone.send_input"):
            body = ErrorBody(code="too_many_tries", message="That was too fast.", remedy="Try again in a few seconds.")
            raise PortalError(429, body, retry_after="5")
        return None

    @app.post("/join")
    def join() -> ResponseReturnValue:
        portal = _portal()
        portal.record_choices()
        answer = portal.visits.join(_address())
        if isinstance(answer, Refused):
            return _html(render_portal(portal.page(answer)), 503)
        portal.remember_items()
        return _see_other(mirror_path(portal.screen()) or "/")

    @app.post("/extend")
    def extend() -> ResponseReturnValue:
        _portal().visits.extend(_address())
        return _see_other("/")

    @app.post("/leave")
    def leave() -> ResponseReturnValue:
        _portal().visits.leave(_address())
        return _see_other("/")

    @app.post("/choices")
    def choices() -> ResponseReturnValue:
        return _see_other("/?saved=1" if _portal().record_choices() else "/?saved=0")


def _add_files(app: Flask) -> None:
    @app.get(f"/media/<string(length={DIGEST_CHARACTERS}):digest>")
    def media(digest: str) -> ResponseReturnValue:
        """A file of the timeline's items, in parts too; its name is its content, so it never changes."""
        found = _found_media(digest)
        if found is None:
            abort(404)
        answer = send_file(found.path, mimetype=found.mime, conditional=True, etag=digest, max_age=31_536_000)
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @app.get(f"/media/<string(length={DIGEST_CHARACTERS}):digest>/<path:name>")
    def game_file(digest: str, name: str) -> ResponseReturnValue:
        """A file of a custom game, in the sandbox in which games run."""
        found = _found_media(digest)
        is_package = found is not None and found.mime == package.MIME
        folder = f"{request.host_url}media/{digest}/"
        answer = send_game_file(Path(found.path), name, folder=folder, etag=digest) if found and is_package else None
        if answer is None:
            abort(404)
        return answer


def _found_media(digest: str) -> MediaAnswer | None:
    return _portal().player.media(digest) if all(c in "0123456789abcdef" for c in digest) else None


def _add_coupons(app: Flask) -> None:
    """Coupons are on the server; those that it does not know yet, or cannot show, are here."""

    @app.get("/w/<path:rest>")
    def coupon(rest: str) -> ResponseReturnValue:
        portal = _portal()
        screen = portal.screen()
        found = portal.player.coupon(rest) if screen and len(rest) <= LONGEST_LINK else None
        if found is None or (found.reported and _has_uplink(screen)):
            return _server_page(screen)
        return _html(render_coupon(found, portal.source.language(), back=mirror_path(screen) or "/"))

    @app.get("/wallet", defaults={"rest": ""})
    @app.get("/wallet/<path:rest>")
    def wallet(rest: str) -> ResponseReturnValue:
        """`rest` is part of the path. prize: an offer that this phone has just won, whose coupon is opened."""
        portal = _portal()
        screen = portal.screen()
        won = request.args.get("prize") if screen is not None else None
        for coupon in portal.player.coupons_of(phone_hash()) if won else ():
            if coupon.claim.offer == won:
                return _see_other("/w/" + coupon.claim.wallet_url.rpartition("/")[2])
        if rest or screen is None or _has_uplink(screen):
            return _server_page(screen)
        here = portal.player.coupons_of(phone_hash())
        return _html(render_coupons(here, portal.source.language(), back=mirror_path(screen) or "/"))


def _has_uplink(screen: ScreenAnswer | NoScreen | None) -> bool:
    return screen is not None and screen.has_uplink


def _server_page(screen: ScreenAnswer | NoScreen | None) -> ResponseReturnValue:
    """This page at the server's public address."""
    return _see_other((screen or _portal().player).public_base + request.full_path.rstrip("?"))


def _add_errors(app: Flask) -> None:
    @app.errorhandler(PortalError)
    def refused(error: PortalError) -> ResponseReturnValue:
        """A page for a browser that sent a plain form, JSON for programs."""
        if request.path.startswith("/api/") and not from_page():
            answer = make_response(ErrorAnswer(error=error.body).model_dump())
        else:
            answer = make_response(_html(render_problem(error.body, _portal().source.language())))
        answer.status_code = error.status
        if error.retry_after:
            answer.headers["Retry-After"] = error.retry_after
        return no_store(answer)

    @app.errorhandler(NoAnswer)
    def away(_error: NoAnswer) -> ResponseReturnValue:
        return refused(starting())

    @app.errorhandler(NotBuilt)
    def not_built(_error: NotBuilt) -> ResponseReturnValue:
        return refused(starting())

    @app.errorhandler(ValidationError)
    def not_understood(_error: ValidationError) -> ResponseReturnValue:
        return refused(PortalError(400, ErrorBody(code="bad_request", message="That request cannot be read.")))

    @app.errorhandler(HTTPException)
    def other(error: HTTPException) -> ResponseReturnValue:
        """An address that the portal does not have leads to its first page, as of somebody who typed one."""
        is_page = request.method in ("GET", "HEAD") and not request.path.startswith(("/api/", "/media/"))
        if error.code == 404 and is_page:
            return _see_other("/", 302)
        body = ErrorBody(code=error.name.lower().replace(" ", "_"), message=f"{error.name}.")
        return refused(PortalError(error.code or 500, body))


def _html(page: str, status: int = 200) -> Response:
    answer = no_store(Response(page, status, mimetype="text/html"))
    answer.headers["Content-Security-Policy"] = content_policy(img_src="data:", style_src="'unsafe-inline'")
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer


def _see_other(path: str, status: int = 303) -> ResponseReturnValue:
    answer = redirect(path, status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
