"""The player's HTTP: enrolment, timeline, status, picture, plays, leases, games, certificate, clock.

Known by a bearer token, never by a cookie.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from sqlmodel import Session, col, select

from media.clock import answer_ping
from media.wire.certificates import CertificateRequest
from media.wire.enrolment import EnrolCode, EnrolRequest
from media.wire.game_rounds import RoundAnswers, RoundReports
from media.wire.leases import HandOuts, HandOutsAnswer, LeaseRequest
from media.wire.message import PROTOCOL, PROTOCOLS_SPOKEN, Message
from media.wire.plays import Play, PlayAnswer, PlaysAnswer
from media.wire.status import Status
from server.context import reading, services, transaction
from server.coupons.caps import caps_for
from server.coupons.codes.derive import coupon_keys
from server.coupons.leases.answer import leases_answer
from server.coupons.leases.hand_outs import accept_hand_outs
from server.coupons.leases.renew import renew_leases
from server.creatives.models import Creative, FormerRendition, Rendition, ReplacedFile
from server.db import to_ms, utc_ms, utc_now
from server.errors import Invalid
from server.games.box_rounds import accept_rounds, judge_rounds
from server.http.limits import LimitRule, limit_tries, sending, storing_plays, taking_tries
from server.http.metrics import PLAYS_TAKEN
from server.http.off_hub import off_hub
from server.plays.accept import accept_plays
from server.plays.judge_batch import judge_plays
from server.plays.parse import merge_answers, read_plays
from server.screens.certificates.hand_out import hand_out_certificate
from server.screens.enrol.enrolment import enrolment_state, request_enrolment
from server.screens.enrol.tokens import UnknownToken
from server.screens.models import Player
from server.screens.pictures import check_picture, keep_picture
from server.screens.players import player_of_token, record_status, require_protocol, screen_served_by
from server.timelines.published.offers import offers_on
from server.timelines.published.read import NoTimeline, current_manifest

bp = Blueprint("player_api", __name__, url_prefix="/api/v1")

PICTURE_MOST = 1_000_000  # a picture that is a little larger gets a refusal that says so
PROTOCOL_HEADER = "Liftcast-Protocol"
ID_CHARS = 26


class BadBody(Invalid):
    """The body of this request is not JSON. Send a JSON object."""

    status = 400


@bp.before_request
def speak_one_protocol() -> None:
    """A box that names a protocol in the header must name one that is spoken here."""
    named = request.headers.get(PROTOCOL_HEADER)
    if named is not None:
        require_protocol(next((known for known in PROTOCOLS_SPOKEN if named == str(known)), named))


# --- enrolment


def _polled_id() -> str:
    """The id by which polls are counted. It is stored for a minute, so a client that invents ids must not choose its
    length."""
    return str((request.view_args or {})["enrolment_id"])[:ID_CHARS]


# A box polls every few seconds. One address may be a storey of boxes, and may not ask for more ids than they would.
POLLS = (
    LimitRule("polling enrolments", "1200/minute"),
    LimitRule("polling an enrolment", "60/minute", _polled_id),
)


@bp.post("/players/enrol")
@limit_tries(LimitRule("asking for an enrolment code", "30/minute;300/hour"))
def ask() -> ResponseReturnValue:
    with transaction() as db:
        enrolment = request_enrolment(db, EnrolRequest.model_validate(_body()), now=utc_now())
    code = EnrolCode(enrolment=enrolment.id, code=enrolment.code, expires_ms=to_ms(enrolment.expires_at))
    return _respond(code), 201


@bp.post("/players/enrol/<enrolment_id>")
@limit_tries(*POLLS)
def poll(enrolment_id: str) -> ResponseReturnValue:
    with reading(brief=True) as db:
        return _respond(enrolment_state(db, enrolment_id, _token(), now=utc_now()))


# --- timeline


@bp.get("/player/timeline")
def timeline() -> ResponseReturnValue:
    with reading(brief=True) as db:
        published = current_manifest(db, screen_served_by(_player(db)))
    if published is None:
        raise NoTimeline
    answer = jsonify(published.manifest)
    answer.set_etag(published.etag)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer.make_conditional(request)


# --- reports of the player


@bp.post("/player/status")
def status() -> ResponseReturnValue:
    body = _body()
    require_protocol(body.get("protocol", PROTOCOL) if isinstance(body, dict) else PROTOCOL)
    status = Status.model_validate(body)
    with taking_tries(sending("statuses", _player_id())), transaction() as db:
        record_status(db, _player(db), status, now=utc_now())
    return "", 204


@bp.post("/player/picture")
def picture() -> ResponseReturnValue:
    """The file is written before the row names it, and the old one removed after no row does."""
    player_id = _player_id()
    request.max_content_length = PICTURE_MOST
    with taking_tries(sending("pictures", player_id)):
        raw = request.get_data()
    off_hub(check_picture, raw)
    digest = off_hub(services().store.put, [raw])
    with transaction() as db:
        before = keep_picture(db, _player(db), digest, now=utc_now())
        gone = before is not None and not _is_media(db, before)
    if before is not None and gone:
        services().store.remove(before)
    return "", 204


@bp.post("/player/plays")
def plays() -> ResponseReturnValue:
    player_id = _player_id()
    with taking_tries(sending("plays", player_id)):
        read, now = read_plays(_body()), utc_now()
    with taking_tries(storing_plays(len(read), player_id)) as tries:
        tries.counts = False  # a batch that failed, or that was stored before, costs nothing
        answers = _accept([play for play in read if isinstance(play, Play)], now)
        tries.counts = any(answer.status == "accepted" for answer in answers)
    merged = merge_answers(read, answers)
    for answer in merged:
        PLAYS_TAKEN.labels(answer.status).inc()
    return _respond(PlaysAnswer(plays=merged))


def _accept(plays: Sequence[Play], now: datetime) -> list[PlayAnswer]:
    with reading(brief=True) as db:
        judged = judge_plays(db, services().store, _player(db), plays, now=now, slot_ms=services().settings.slot_ms)
    with transaction() as db:
        return accept_plays(db, judged, now=now)


# --- leases


@bp.post("/player/leases")
def leases() -> ResponseReturnValue:
    """The claims that this box may hand out while its uplink is down."""
    player_id = _player_id()
    with taking_tries(sending("leases", player_id)):
        sent = LeaseRequest.model_validate(_body())
    keys, now = coupon_keys(services().settings.secret_key), utc_now()
    with reading(brief=True) as db:
        shown = offers_on(db, screen_served_by(_player(db)))
    with transaction(contended=True) as db:
        player = _player(db)
        screen_id = screen_served_by(player)
        renewal = renew_leases(db, player, sent, screen_id=screen_id, offer_ids=shown, keys=keys, now=now)
    return _respond(leases_answer(renewal, keys=keys, public_url=services().settings.public_url, now=now))


@bp.post("/player/leases/claims")
def hand_outs() -> ResponseReturnValue:
    """The phones to which this box gave leased claims."""
    player_id = _player_id()
    with taking_tries(sending("hand-outs", player_id)):
        sent = HandOuts.model_validate(_body())
    caps = caps_for(services().settings.people_at_screen)
    with transaction(contended=True) as db:
        answers = accept_hand_outs(db, _player(db), sent.claims, caps=caps, now=utc_now())
    return _respond(HandOutsAnswer(claims=tuple(answers)))


# --- games


@bp.post("/player/games/rounds")
def game_rounds() -> ResponseReturnValue:
    """The games that this box refereed."""
    player_id = _player_id()
    with taking_tries(sending("game rounds", player_id)):
        sent = RoundReports.model_validate(_body())
    with reading(brief=True) as db:
        judged = judge_rounds(db, services().store, _player(db), sent.rounds, now=utc_now())
    with transaction() as db:
        answers = accept_rounds(db, _player(db), judged)
    return _respond(RoundAnswers(rounds=tuple(answers)))


@bp.post("/player/certificate")
def certificate() -> ResponseReturnValue:
    """The certificate of the box's hotspot, once it is issued for the signing request that the box sends."""
    player_id = _player_id()
    with taking_tries(sending("certificate requests", player_id)):
        sent = CertificateRequest.model_validate(_body())
    zone, now = services().settings.box_zone, utc_now()
    with transaction() as db:
        return _respond(hand_out_certificate(db, _player(db), sent, zone=zone, now=now))


@bp.get("/player/clock")
def clock() -> ResponseReturnValue:
    """The four timestamps over HTTP, where no socket comes through; the server's time is no secret."""
    answer = _respond(answer_ping({"t0": request.args.get("t0")}, utc_ms))
    answer.headers["Cache-Control"] = "no-store"
    return answer


# --- reading the request


def _token() -> str:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise UnknownToken
    return given.token


def _player(db: Session) -> Player:
    return player_of_token(db, _token())


def _player_id() -> str:
    """Who sends, known before a large body is read."""
    with reading(brief=True) as db:
        return _player(db).id


def _body() -> Any:
    body = request.get_json(force=True, silent=True)
    if body is None:
        raise BadBody
    return body


def _respond(message: Message) -> Response:
    return Response(message.model_dump_json(), mimetype="application/json")


def _is_media(db: Session, digest: str) -> bool:
    """A player that sends the very bytes of a creative, or of its original, must not make us forget them."""
    made = (Rendition.digest, FormerRendition.digest, ReplacedFile.screen_digest, ReplacedFile.thumb_digest)
    sent = (Creative.original_digest, ReplacedFile.digest)
    return any(db.exec(select(column).where(col(column) == digest).limit(1)).first() for column in (*made, *sent))
