"""Game creatives: what phones play on a screen, and the offer that is won."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from media.cards.games.colours import derive_colours
from media.games.phases import LONGEST_MS, SHORTEST_MS, Phases, phases_of
from media.games.quiz import open_from_until
from media.wire.games import MOST_QUESTIONS, GameKind, GameRules, Phrase, PrizeFor, Question
from media.wire.message import Digest
from media.wire.timeline import GameCard, GameLook, MediaRef, OfferCard
from server.coupons.models import Offer
from server.coupons.offers import NoSuchOffer
from server.creatives.accept import add_creative, tidy_name, tidy_title
from server.creatives.models import GAME, Creative, RenditionRole
from server.creatives.quiz_questions import QuizQuestion, checked_questions, refuse_too_many
from server.db import get_or_raise
from server.errors import Invalid

CALL_CHARS = 60
MOST_PRIZES = 100
HIGHEST_SCORE = 1_000_000
LONGEST_ODDS = 1000
NO_FILES: Mapping[RenditionRole, MediaRef] = {}

Colour = Annotated[str, Field(pattern=r"^(#[0-9a-fA-F]{6})?$")]
PictureName = Literal["logo", "product", "background"]  # a word of `RenditionRole`


class GameLength(Invalid):
    """A game takes 15 to 60 seconds: people join, play, and see who has won. Choose a length in between."""


class NoMostScore(Invalid):
    """The highest score of this game is not stated. Type the most points that a player can reach."""


class NoGameFile(Invalid):
    """A game of your own is a zip. Get an upload ticket with its design, and upload the zip."""


class NoCall(Invalid):
    """The screen says nothing about the game. Type in at least one language what it invites to."""


class NothingToDraw(Invalid):
    """A lucky draw draws a prize, and this one has none. Choose the offer that is won."""


class GameDesign(BaseModel):
    """A game as it was set up.

    call: what the screen says, in both languages · prizes: how many phones get the prize each time, at most ·
    one_in: of how many that are drawn one wins · questions: of a quiz · colour: the advertiser's, from which the
    others are derived; empty for the usual ones · pictures: digests of uploaded files · most_score: of a custom game,
    the highest that counts · board_pictures: the names of its pictures for the screen, as they are in its package
    """

    model_config = ConfigDict(frozen=True)

    kind: GameKind = GameKind.RACE
    call: Phrase
    prize_for: PrizeFor | None = None
    prizes: Annotated[int, Field(ge=0, le=MOST_PRIZES)] = 0
    colour: Colour = ""
    pictures: dict[PictureName, Digest] = {}
    one_in: Annotated[int, Field(ge=1, le=LONGEST_ODDS)] = 1
    questions: Annotated[tuple[QuizQuestion, ...], Field(max_length=MOST_QUESTIONS)] = ()
    most_score: Annotated[int, Field(ge=0, le=HIGHEST_SCORE)] = 0
    board_pictures: tuple[str, ...] = ()


class GameFile(NamedTuple):
    """The zip of a custom game in the store, and the creative's id, which begins with the upload's."""

    creative_id: str
    digest: str
    bytes: int
    name: str


def make_game(
    db: Session,
    design: GameDesign,
    *,
    title: str,
    offer_id: str | None,
    length_ms: int,
    by: str | None,
    now: datetime,
    language: str = "zh",
    advertiser_id: str | None = None,
    file: GameFile | None = None,
) -> Creative:
    """A game of one advertiser, or of the network.

    offer_id: what is won; without one it is played for fun · file: of a custom game
    """
    design = tidy_design(db, design, offer_id=offer_id, length_ms=length_ms, language=language)
    if (design.kind is GameKind.CUSTOM) is not (file is not None):
        raise NoGameFile
    creative = Creative(
        kind=GAME,
        title=tidy_title(title) or design.call.within(language),
        game=design.model_dump(mode="json"),
        offer_id=offer_id,
        advertiser_id=advertiser_id,
        language=language,
        length_ms=length_ms,
        created_by=by,
        created_at=now,
    )
    if file is not None:
        creative.id, creative.original_digest = file.creative_id, file.digest
        creative.original_name, creative.original_bytes = tidy_name(file.name), file.bytes
    add_creative(db, creative, now=now)
    return creative


def tidy_design(db: Session, design: GameDesign, *, offer_id: str | None, length_ms: int, language: str) -> GameDesign:
    """The design as it is stored. Raises the error of what cannot be used."""
    refuse_game_length(length_ms)
    call = Phrase(zh=tidy_title(design.call.zh)[:CALL_CHARS], en=tidy_title(design.call.en)[:CALL_CHARS])
    if not call.within(language):
        raise NoCall
    design = _checked(design.model_copy(update={"call": call}), offer_id, length_ms)
    if offer_id is None:
        return design.model_copy(update={"prize_for": None, "prizes": 0})
    get_or_raise(db, Offer, offer_id, NoSuchOffer)
    return design


def _checked(design: GameDesign, offer_id: str | None, length_ms: int) -> GameDesign:
    """With what its kind requires.

    Raises NothingToDraw, NoMostScore, or what is wrong with a question.
    """
    match design.kind:
        case GameKind.QUIZ:
            return design.model_copy(update={"questions": checked_questions(design.questions, length_ms)})
        case GameKind.LUCKY_DRAW:
            if offer_id is None:
                raise NothingToDraw
            return design.model_copy(update={"prize_for": PrizeFor.DRAWN})
        case GameKind.CUSTOM:
            if design.most_score < 1:
                raise NoMostScore
            return design.model_copy(update={"prize_for": PrizeFor.DRAWN})  # its scores come from phones
        case GameKind.RACE:
            return design


def refuse_new_length(creative: Creative, length_ms: int) -> None:
    """Refuse a length that no game has, and one that leaves the questions of this game no time."""
    refuse_game_length(length_ms)
    design = design_of(creative)
    if design is not None and design.questions:
        refuse_too_many(len(design.questions), length_ms)


def refuse_game_length(length_ms: int) -> None:
    if not SHORTEST_MS <= length_ms <= LONGEST_MS:
        raise GameLength


def design_of(creative: Creative) -> GameDesign | None:
    return GameDesign.model_validate(creative.game) if creative.game else None


def is_custom_game(creative: Creative) -> bool:
    """Whether it was made of a zip."""
    design = design_of(creative)
    return design is not None and design.kind is GameKind.CUSTOM


def game_rules(creative: Creative) -> GameRules | None:
    """The game as its referee gets it."""
    design = design_of(creative)
    if design is None:
        return None
    prize_for = design.prize_for if creative.offer_id else None
    return GameRules(
        kind=design.kind,
        prize_for=prize_for,
        prizes=design.prizes,
        one_in=design.one_in,
        right=tuple(question.right for question in design.questions),
        most_score=design.most_score,
        pictures=len(design.board_pictures),
    )


def game_card(
    creative: Creative, prize: OfferCard | None, files: Mapping[RenditionRole, MediaRef] = NO_FILES
) -> GameCard | None:
    """The game as phones and screens get it. files: its pictures and its package, among others"""
    design = design_of(creative)
    if design is None:
        return None
    phases = phases_of(0, creative.length_ms)
    return GameCard(
        kind=design.kind,
        call=design.call,
        play_after_ms=phases.play_ms,
        result_after_ms=phases.result_ms,
        prize_for=design.prize_for if prize else None,
        prizes=design.prizes if prize else 0,
        one_in=design.one_in,
        prize=prize,
        look=GameLook(
            colours=derive_colours(design.colour) if design.colour else None,
            logo=files.get(RenditionRole.LOGO),
            product=files.get(RenditionRole.PRODUCT),
            background=files.get(RenditionRole.BACKGROUND),
        ),
        questions=tuple(_shown(question, nth, design, phases) for nth, question in enumerate(design.questions)),
        package=files.get(RenditionRole.PACKAGE),
        pictures=design.board_pictures,
        most_score=design.most_score,
    )


def _shown(question: QuizQuestion, nth: int, design: GameDesign, phases: Phases) -> Question:
    opens_ms, closes_ms = open_from_until(phases, nth, of=len(design.questions))
    return Question(text=question.text, answers=question.answers, opens_after_ms=opens_ms, closes_after_ms=closes_ms)
