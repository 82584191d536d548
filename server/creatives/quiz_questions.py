"""The questions of a quiz, as they are set up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from media.games.phases import phases_of
from media.games.quiz import most_questions
from media.wire.games import MOST_CHOICES, Phrase
from server.creatives.accept import tidy_title
from server.errors import Invalid

QUESTION_CHARS, ANSWER_CHARS = 80, 30
FEWEST_CHOICES = 2


class NoQuestion(Invalid):
    """This quiz has no questions. Type a question with two to four answers."""


class QuestionUnfinished(Invalid):
    """A question has no text, or fewer than two answers. Complete it, or leave all its fields empty."""


class NoRightAnswer(Invalid):
    """A question has no right answer. Choose one of the answers that you typed."""


class TooManyQuestions(Invalid):
    """This game is too short for so many questions: each takes five seconds at least. Make it longer, or ask fewer."""


class QuizQuestion(BaseModel):
    """right: the number of the right answer, from 0 on"""

    model_config = ConfigDict(frozen=True)

    text: Phrase
    answers: Annotated[tuple[Phrase, ...], Field(max_length=MOST_CHOICES)]
    right: Annotated[int, Field(ge=0, le=MOST_CHOICES)]


def checked_questions(questions: Iterable[QuizQuestion], length_ms: int) -> tuple[QuizQuestion, ...]:
    """The questions with their texts tidied.

    Raises NoQuestion, QuestionUnfinished, NoRightAnswer or TooManyQuestions.
    """
    checked = tuple(_checked(question) for question in questions)
    if not checked:
        raise NoQuestion
    refuse_too_many(len(checked), length_ms)
    return checked


def refuse_too_many(questions: int, length_ms: int) -> None:
    if questions > most_questions(phases_of(0, length_ms)):
        raise TooManyQuestions


def _checked(question: QuizQuestion) -> QuizQuestion:
    text = _tidy(question.text, QUESTION_CHARS)
    answers = tuple(_tidy(answer, ANSWER_CHARS) for answer in question.answers)
    if len(answers) < FEWEST_CHOICES or not all(map(_is_filled, (text, *answers))):
        raise QuestionUnfinished
    if question.right >= len(answers):
        raise NoRightAnswer
    return QuizQuestion(text=text, answers=answers, right=question.right)


def _tidy(phrase: Phrase, chars: int) -> Phrase:
    return Phrase(zh=tidy_title(phrase.zh)[:chars], en=tidy_title(phrase.en)[:chars])


def _is_filled(phrase: Phrase) -> bool:
    return bool(phrase.zh or phrase.en)
