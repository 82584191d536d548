"""A game that is tried before it is booked: its board as a picture, and its phones. The address is secret."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, make_response, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import Field

from media.phone.headers import keep_private, phone_page_policy
from media.phone.page import NotBuilt, read_bundle, render_try
from media.wire.games import SeatInput
from media.wire.message import Message
from server.context import reading, services
from server.creatives.archive import NoSuchCreative
from server.creatives.game_pictures import previewed_look
from server.creatives.games import design_of, game_rules
from server.creatives.items import items_for
from server.creatives.models import Creative
from server.db import get_or_raise, to_ms, utc_now
from server.games.previews import SIZES, Preview, PreviewedGame
from server.http.limits import LimitRule, taking_tries
from server.http.off_hub import off_hub
from server.web.answers import answer_error
from server.web.phone import PhonePageNotBuilt
from server.web.words.language import language

bp = Blueprint("game_previews", __name__)

REQUESTS = LimitRule("games that are tried", "1200/minute")


class PhoneBody(Message):
    """A phone of a preview: what it calls itself, at random."""

    phone: str = Field(pattern="^[0-9a-f]{16}$")


@bp.get("/try/<token>")
def phone_page(token: str) -> ResponseReturnValue:
    _preview(token)
    here = services().settings
    page = render_try(language="zh" if language() == "zh" else "en", media_base=here.media_url, bundle=read_bundle())
    answer = make_response(page)
    policy = phone_page_policy(media_base=here.media_url, public_base=here.public_url)
    answer.headers["Content-Security-Policy"] = policy
    return keep_private(answer)


@bp.errorhandler(NotBuilt)
def not_built(_error: NotBuilt) -> ResponseReturnValue:
    return answer_error(PhonePageNotBuilt())


@bp.get("/try/<token>/game")
def game(token: str) -> ResponseReturnValue:
    """How the round stands, and when it begins; a new round begins at another instant."""
    preview, now_ms = _preview(token), _now_ms()
    phases = preview.referee.phases
    return {
        "now_ms": now_ms,
        "starts_ms": phases.starts_ms,
        "ends_ms": phases.ends_ms,
        "item": preview.game.item.model_dump(mode="json"),
        "state": preview.state(now_ms).model_dump(mode="json"),
    }


@bp.get("/try/<token>/board.jpg")
def board(token: str) -> ResponseReturnValue:
    """The board in a shape of screen; 204 if it is still the picture number `seen`."""
    preview = _preview(token)
    shape = request.args.get("shape", "")
    board = preview.board(shape if shape in SIZES else "wide", _now_ms(), off_hub)
    if str(board.number) == request.args.get("seen"):
        return _private(make_response("", 204))
    answer = _private(make_response(board.encoded))
    answer.mimetype = "image/jpeg"
    answer.headers["Liftcast-Picture"] = str(board.number)
    return answer


@bp.post("/try/<token>/seat")
def seat(token: str) -> ResponseReturnValue:
    preview, body = _preview(token), PhoneBody.model_validate(request.get_json())
    return preview.join(body.phone, _now_ms()).model_dump(mode="json"), 201


@bp.post("/try/<token>/inputs")
def inputs(token: str) -> ResponseReturnValue:
    preview, given = _preview(token), SeatInput.model_validate(request.get_json())
    return preview.take(given, _now_ms()).model_dump(mode="json")


@bp.post("/try/<token>/round")
def another_round(token: str) -> ResponseReturnValue:
    """Begin anew, with new seats."""
    _preview(token).start(_now_ms())
    return {}, 201


def _preview(token: str) -> Preview:
    load = partial(_load, link=f"{services().settings.public_url}{url_for('game_previews.phone_page', token=token)}")
    with taking_tries(REQUESTS):
        return services().previews.at(token, load, now_ms=_now_ms())


def _load(creative_id: str, *, link: str) -> PreviewedGame:
    with reading() as db:
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
        design, rules = design_of(creative), game_rules(creative)
        item = items_for(db, [(creative.id, None)]).get(creative.id)
    card = item.phone.game if item else None
    if item is None or card is None or design is None or rules is None:
        raise NoSuchCreative
    store = services().store
    return PreviewedGame(
        item,
        card,
        rules,
        creative.length_ms,
        creative.language or "zh",
        link,
        look=partial(previewed_look, design, store),
        package=store.path(card.package.digest) if card.package and store.has(card.package.digest) else None,
    )


def _private(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _now_ms() -> int:
    return to_ms(utc_now())
