from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session, select

from media.cards.games.colours import derive_colours
from media.wire.games import GameKind, GameRules, Phrase, PrizeFor
from media.wire.timeline import GameLook, MediaRef
from server.coupons.offers import NoSuchOffer
from server.creatives.change import CreativeChange, change_creative
from server.creatives.games import (
    CALL_CHARS,
    GameDesign,
    GameLength,
    NoCall,
    NothingToDraw,
    design_of,
    game_card,
    game_rules,
    make_game,
)
from server.creatives.items import items_for
from server.creatives.models import Creative, RenditionRole
from server.creatives.quiz_questions import QuizQuestion, TooManyQuestions
from server.db import Job
from tests.factories import NOON, make_creative, make_offer

CALL = Phrase(zh=" 面馆\n赛跑 ", en="")


def make(db: Session, design: GameDesign | None = None, **more: Any) -> Creative:
    given = {"title": "", "offer_id": None, "length_ms": 20_000, "by": None, "now": NOON, **more}
    return make_game(db, design or GameDesign(call=CALL, prize_for=PrizeFor.FIRST, prizes=3), **given)


def test_a_game_is_drawn_and_named_by_what_it_invites_to(db: Session) -> None:
    game = make(db)
    assert (game.kind, game.title, game.length_ms) == ("game", "面馆 赛跑", 20_000)
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("draw", game.id)]


def test_without_an_offer_it_is_played_for_fun(db: Session) -> None:
    design = design_of(make(db))
    assert design is not None
    assert (design.prize_for, design.prizes) == (None, 0)


def test_a_phone_gets_the_game_with_its_phases_and_its_prize(db: Session) -> None:
    offer = make_offer(db, title="Noodles")
    creative = make_creative(
        db, kind="game", length_ms=20_000, offer_id=offer.id, game=make(db, offer_id=offer.id).game
    )
    game = items_for(db, [(creative.id, None)])[creative.id].phone.game
    assert game is not None
    assert (game.call.zh, game.play_after_ms, game.result_after_ms) == ("面馆 赛跑", 6000, 16_000)
    assert (game.prize_for, game.prizes, game.prize and game.prize.title) == (PrizeFor.FIRST, 3, "Noodles")


def test_a_game_carries_its_colours_and_pictures(db: Session) -> None:
    creative = make(db, GameDesign(call=CALL, colour="#c8102e", pictures={"logo": "a" * 64}))
    logo = MediaRef(digest="b" * 64, mime="image/webp", bytes=5)
    card = game_card(creative, None, {RenditionRole.LOGO: logo})
    assert card is not None
    assert card.look == GameLook(colours=derive_colours("#c8102e"), logo=logo)
    usual = game_card(make(db), None)
    assert usual is not None
    assert usual.look == GameLook()


@pytest.mark.parametrize("colour", ["red", "#12", "#12345g", "#1234567"])
def test_a_colour_has_six_hexadecimal_digits(colour: str) -> None:
    with pytest.raises(ValidationError):
        GameDesign(call=CALL, colour=colour)


def test_a_prize_whose_offer_is_gone_is_none(db: Session) -> None:
    card = game_card(make(db, offer_id=make_offer(db).id), None)
    assert card is not None
    assert (card.prize, card.prize_for, card.prizes) == (None, None, 0)


@pytest.mark.parametrize("length_ms", [0, 14_999, 60_001])
def test_a_game_takes_fifteen_to_sixty_seconds(db: Session, length_ms: int) -> None:
    with pytest.raises(GameLength):
        make(db, length_ms=length_ms)
    with pytest.raises(GameLength):
        change_creative(db, make(db).id, CreativeChange(length_ms=length_ms), now=NOON)


@pytest.mark.parametrize("call", [Phrase(), Phrase(zh=" \n", en="\t")])
def test_a_game_that_says_nothing_is_refused(db: Session, call: Phrase) -> None:
    with pytest.raises(NoCall):
        make(db, GameDesign(call=call))


def test_long_words_are_cut_and_one_language_is_enough(db: Session) -> None:
    game = make(db, GameDesign(call=Phrase(en="x" * 500)), language="zh")
    design = design_of(game)
    assert design is not None
    assert design.call == Phrase(en="x" * CALL_CHARS)


QUESTION = QuizQuestion(text=Phrase(en="Where?"), answers=(Phrase(en="Fujian"), Phrase(en="Bordeaux")), right=1)


def make_quiz(db: Session, questions: int, *, length_ms: int = 30_000) -> Creative:
    design = GameDesign(kind=GameKind.QUIZ, call=CALL, questions=(QUESTION,) * questions)
    return make(db, design, length_ms=length_ms)


def test_only_the_referee_knows_the_right_answers(db: Session) -> None:
    quiz = make_quiz(db, 2)
    card, rules = game_card(quiz, None), game_rules(quiz)
    assert card is not None
    assert rules is not None
    assert "right" not in card.model_dump_json()
    assert rules.right == (1, 1)
    assert [(question.opens_after_ms, question.closes_after_ms) for question in card.questions] == [
        (9000, 14_250),
        (16_500, 21_750),
    ]


def test_a_quiz_is_not_made_too_short_for_its_questions(db: Session) -> None:
    with pytest.raises(TooManyQuestions):
        make_quiz(db, 2, length_ms=15_000)
    with pytest.raises(TooManyQuestions):
        change_creative(db, make_quiz(db, 2).id, CreativeChange(length_ms=15_000), now=NOON)


def test_a_lucky_draw_always_draws_and_has_a_prize(db: Session) -> None:
    design = GameDesign(kind=GameKind.LUCKY_DRAW, call=CALL, prize_for=PrizeFor.FIRST, prizes=2, one_in=4)
    with pytest.raises(NothingToDraw):
        make(db, design)
    rules = game_rules(make(db, design, offer_id=make_offer(db).id))
    assert rules == GameRules(kind=GameKind.LUCKY_DRAW, prize_for=PrizeFor.DRAWN, prizes=2, one_in=4)


def test_an_unknown_offer_is_no_prize(db: Session) -> None:
    with pytest.raises(NoSuchOffer):
        make(db, offer_id="01J8ZV3Q4R5S6T7V8W9X0Y1Z2A")


def test_another_creative_has_no_design(db: Session) -> None:
    assert design_of(make_creative(db)) is None
    assert game_card(make_creative(db), None) is None
