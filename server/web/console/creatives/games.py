"""Games: set up in a form, with a preview of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from PIL.Image import Image
from sqlmodel import Session

from media.cards.games.board import GameWords
from media.cards.games.colours import USUAL
from media.cards.games.kinds import poster_of
from media.cards.games.quiz_board import QuizBoard
from media.phone.qr_code import qr_svg
from media.refused import Refused
from media.store import MediaStore
from media.wire.games import GameKind, Phrase, PrizeFor, Question
from server.accounts.rights import Right, require, restricted_to
from server.campaigns.advertisers import advertiser_of, advertisers
from server.context import reading, services, transaction
from server.coupons.offers import offer_of, offers_of
from server.creatives.archive import NoSuchCreative
from server.creatives.game_pictures import previewed_look
from server.creatives.games import CALL_CHARS, GameDesign, design_of, make_game
from server.creatives.lists import CreativeFilter, ListedCreative, all_creatives
from server.creatives.models import Creative, CreativeState
from server.creatives.quiz_questions import ANSWER_CHARS, QUESTION_CHARS, QuizQuestion
from server.db import utc_now
from server.errors import LiftcastError
from server.http.off_hub import off_hub
from server.web.console.blueprint import bp
from server.web.console.creatives.cards import data_address
from server.web.console.creatives.creatives import own_creative
from server.web.console.creatives.game_forms import (
    FORMS,
    GameForm,
    LookForm,
    kind_of,
    question_names,
    questions_of,
)
from server.web.console.moves import moved_to
from server.web.forms import Typed, answer_form, typed_values
from server.web.games.pictures import chosen_pictures
from server.web.identity.auth import actor, current_who, note, requires
from server.web.words.language import language
from server.web.words.language import say as _

PREVIEW_SECONDS = 5


@bp.get("/creatives/game")
@requires(Right.EDIT_CREATIVES)
def new_game() -> ResponseReturnValue:
    require(current_who(), Right.SEE_OFFERS)
    if kind_of(request.args) is GameKind.CUSTOM:
        return redirect(url_for("console.new_custom_game"))
    usual = {
        "length_s": 30,
        "prizes": 1,
        "one_in": 1,
        "prize_for": PrizeFor.FIRST,
        "language": language(),
    }
    return game_page(Typed({**usual, "offer_id": request.args.get("offer")}))


def game_page(typed: Typed) -> str:
    with reading() as db:
        shown = {"offers": offers_of(db), "advertisers": advertisers(db), "pictures": uploaded_pictures(db)}
    return render_template(
        "console/game.html",
        kind=kind_of(request.values),
        typed=typed,
        names=question_names(),
        call_chars=CALL_CHARS,
        question_chars=QUESTION_CHARS,
        answer_chars=ANSWER_CHARS,
        usual_colour=USUAL.accent,
        **shown,
    )


def uploaded_pictures(db: Session) -> list[ListedCreative]:
    """Newest first, also those that are still processed for screens of their own."""
    own = restricted_to(current_who(), "advertiser_id")
    states = (CreativeState.READY, CreativeState.PROCESSING)
    return all_creatives(db, CreativeFilter(advertiser_id=own, states=states, kind="image"))


@bp.post("/creatives/game/pictures")
@requires(Right.EDIT_CREATIVES)
def game_pictures() -> ResponseReturnValue:
    """The choice of pictures anew, after one was uploaded beside the form."""
    require(current_who(), Right.SEE_OFFERS)
    with reading() as db:
        pictures = uploaded_pictures(db)
    typed, kind = Typed(request.form.to_dict()), kind_of(request.form)
    return render_template("console/_game_pictures.html", typed=typed, pictures=pictures, kind=kind)


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
        form.design().model_copy(update=form.look(chosen_pictures(db, form.picture_ids()))),
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
    """The poster, or the first question of a quiz, as a screen of the chosen language shows it."""
    require(current_who(), Right.SEE_OFFERS)
    form = LookForm.model_validate(typed_values())
    call = Phrase(zh=form.call_zh.strip(), en=form.call_en.strip())
    text = call.within(form.language)
    if not text:
        return render_template("console/_preview.html", picture="")
    try:
        with reading() as db:
            chosen = chosen_pictures(db, form.picture_ids())
        design = GameDesign.model_validate({"kind": form.kind, "call": call, **form.look(chosen)})
        questions = questions_of(request.form)
        draw = partial(
            _draw_preview, questions=questions, language=form.language, design=design, store=services().store
        )
        picture = off_hub(data_address, draw, text, "")
    except (Refused, LiftcastError) as refused:
        return render_template("console/_preview.html", trouble=refused)
    return render_template("console/_preview.html", picture=picture)


def _draw_preview(
    call: str,
    *,
    title: str,
    size: tuple[int, int],
    language: str,
    design: GameDesign,
    questions: Sequence[QuizQuestion],
    store: MediaStore,
) -> Image:
    words, look = GameWords(call), previewed_look(design, store)
    if design.kind is not GameKind.QUIZ or not questions:
        return poster_of(design.kind, words, language=language, size=size, look=look)
    shown = [
        Question(text=question.text, answers=question.answers, opens_after_ms=0, closes_after_ms=0)
        for question in questions
    ]
    return QuizBoard(words, size=size, language=language, look=look).question(shown, 0, PREVIEW_SECONDS)


@bp.get("/creatives/<creative_id>/try")
@requires(Right.SEE_CREATIVES)
def try_game(creative_id: str) -> ResponseReturnValue:
    """The game as screen and phone show it, to be played."""
    with reading() as db:
        creative = own_creative(db, creative_id, Right.SEE_CREATIVES)
    if design_of(creative) is None or creative.state != CreativeState.READY:
        raise NoSuchCreative
    address = url_for("game_previews.phone_page", token=services().previews.address_of(creative.id))
    public_address = services().settings.public_url + address
    shown = {"creative": creative, "address": address, "public_address": public_address, "code": qr_svg(public_address)}
    return render_template("console/try_game.html", **shown)
