"""Games: set up in a form, with a preview of the screen."""

from __future__ import annotations

from functools import partial

from flask import render_template, request
from flask.typing import ResponseReturnValue
from PIL.Image import Image
from sqlmodel import Session

from media.cards.games.board import GameWords
from media.cards.games.kinds import poster_of
from media.wire.games import GameKind, Phrase, PrizeFor
from server.accounts.rights import Right, require
from server.campaigns.advertisers import advertiser_of, advertisers
from server.context import reading, transaction
from server.coupons.offers import offer_of, offers_of
from server.creatives.games import CALL_CHARS, make_game
from server.creatives.models import Creative
from server.db import utc_now
from server.http.off_hub import off_hub
from server.web.console.blueprint import bp
from server.web.console.creatives.cards import data_address
from server.web.console.creatives.game_forms import FORMS, GameForm, kind_of
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form
from server.web.identity.auth import actor, current_who, note, requires
from server.web.words.language import language
from server.web.words.language import say as _


@bp.get("/creatives/game")
@requires(Right.EDIT_CREATIVES)
def new_game() -> ResponseReturnValue:
    require(current_who(), Right.SEE_OFFERS)
    usual = {
        "kind": kind_of(request.args),
        "length_s": 30,
        "prizes": 1,
        "prize_for": PrizeFor.FIRST,
        "language": language(),
    }
    return game_page(Typed({**usual, "offer_id": request.args.get("offer")}))


def game_page(typed: Typed) -> str:
    with reading() as db:
        offers, owners = offers_of(db), advertisers(db)
    return render_template("console/game.html", typed=typed, offers=offers, advertisers=owners, call_chars=CALL_CHARS)


@bp.post("/creatives/game")
@requires(Right.EDIT_CREATIVES)
def create_game() -> ResponseReturnValue:
    require(current_who(), Right.SEE_OFFERS)

    def done(form: GameForm) -> ResponseReturnValue:
        with transaction() as db:
            creative = _made_game(db, form)
            note(db, "game made", creative.id, title=creative.title)
        message = _("The poster of the game is being drawn. Then book the game like a film.")
        return moved_to("console.creative", message, creative_id=creative.id)

    return answer_form(FORMS[kind_of(request.form)], done=done, again=game_page)


def _made_game(db: Session, form: GameForm) -> Creative:
    return make_game(
        db,
        form.design(),
        title=form.title,
        offer_id=form.offer_id and offer_of(db, form.offer_id).id,
        advertiser_id=form.advertiser_id and advertiser_of(db, form.advertiser_id).id,
        length_ms=form.length_s * 1000,
        language=form.language,
        by=actor(),
        now=utc_now(),
    )


@bp.post("/creatives/game/preview")
@requires(Right.EDIT_CREATIVES)
def preview_game() -> ResponseReturnValue:
    """The poster, as a screen of the chosen language shows it."""
    require(current_who(), Right.SEE_OFFERS)
    form = request.form
    call = Phrase(zh=form.get("call_zh", "")[:CALL_CHARS].strip(), en=form.get("call_en", "")[:CALL_CHARS].strip())
    screens = "en" if form.get("language") == "en" else "zh"
    text = call.within(screens)
    drawn = partial(_draw_poster, kind=kind_of(form), language=screens)
    picture = off_hub(data_address, drawn, text, "") if text else ""
    return render_template("console/_preview.html", picture=picture)


def _draw_poster(call: str, *, title: str, kind: GameKind, size: tuple[int, int], language: str) -> Image:
    return poster_of(kind, GameWords(call), language=language, size=size)
