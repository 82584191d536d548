"""The forms in which games are set up, one per kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from media.cards.games.colours import USUAL
from media.wire.games import MOST_CHOICES, MOST_QUESTIONS, GameKind, Phrase, PrizeFor
from media.wire.message import Digest
from server.creatives.games import CALL_CHARS, HIGHEST_SCORE, LONGEST_ODDS, MOST_PRIZES, Colour, GameDesign, PictureName
from server.creatives.quiz_questions import QuizQuestion
from server.creatives.uploads.game_file import GameSetup


class LookForm(BaseModel):
    """The look of a game. call_zh, call_en: the call on screens and phones; one of them may be empty

    colour: the usual one, with which its field begins, stands for no colour of one's own
    """

    model_config = ConfigDict(frozen=True)

    kind: GameKind = GameKind.RACE
    call_zh: str = Field("", max_length=CALL_CHARS)
    call_en: str = Field("", max_length=CALL_CHARS)
    language: str = Field("zh", pattern="^(en|zh)$")
    colour: Colour = ""
    logo_id: str | None = Field(None, max_length=26)
    product_id: str | None = Field(None, max_length=26)
    background_id: str | None = Field(None, max_length=26)

    def picture_ids(self) -> dict[PictureName, str | None]:
        return {"logo": self.logo_id, "product": self.product_id, "background": self.background_id}

    def look(self, pictures: Mapping[PictureName, Digest]) -> dict[str, object]:
        """The fields of the design. pictures: the files of the chosen ones"""
        colour = "" if self.colour == USUAL.accent else self.colour
        return {"colour": colour, "pictures": dict(pictures)}


class GameForm(LookForm):
    """The fields of every kind of game."""

    title: str = Field("", max_length=120)
    offer_id: str | None = None
    prize_for: PrizeFor = PrizeFor.FIRST
    prizes: int = Field(1, ge=1, le=MOST_PRIZES)
    one_in: int = Field(1, ge=1, le=LONGEST_ODDS)
    advertiser_id: str | None = None
    length_s: int = Field(30, ge=15, le=60)

    def design(self) -> GameDesign:
        call = Phrase(zh=self.call_zh, en=self.call_en)
        return GameDesign(kind=self.kind, call=call, prize_for=self.prize_for, prizes=self.prizes, one_in=self.one_in)


class CustomGameForm(GameForm):
    """The fields of a game whose zip is uploaded. Its prize is always drawn among those who finish."""

    kind: GameKind = GameKind.CUSTOM
    prize_for: PrizeFor = PrizeFor.DRAWN
    most_score: int = Field(ge=1, le=HIGHEST_SCORE)

    def design(self) -> GameDesign:
        return super().design().model_copy(update={"most_score": self.most_score})

    def setup(self, pictures: Mapping[PictureName, Digest]) -> GameSetup:
        return GameSetup(
            design=self.design().model_copy(update=self.look(pictures)),
            title=self.title,
            offer_id=self.offer_id,
            length_ms=self.length_s * 1000,
            language=self.language,
        )


class QuizForm(GameForm):
    """With the fields of each question, as `question_names` lists them."""

    model_config = ConfigDict(frozen=True, extra="allow")

    def design(self) -> GameDesign:
        return super().design().model_copy(update={"questions": questions_of(self.model_extra or {})})


FORMS: dict[GameKind, type[GameForm]] = {
    GameKind.RACE: GameForm,
    GameKind.QUIZ: QuizForm,
    GameKind.LUCKY_DRAW: GameForm,
    GameKind.CUSTOM: CustomGameForm,
}


class AnswerNames(NamedTuple):
    """The names of the fields of one answer."""

    zh: str
    en: str


class QuestionNames(NamedTuple):
    """The names of the fields of one question. `right` has the number of the right answer, from 0 on."""

    zh: str
    en: str
    right: str
    answers: tuple[AnswerNames, ...]


def question_names() -> list[QuestionNames]:
    return [
        QuestionNames(
            f"question_{nth}_zh",
            f"question_{nth}_en",
            f"right_{nth}",
            tuple(AnswerNames(f"answer_{nth}_{n}_zh", f"answer_{nth}_{n}_en") for n in range(MOST_CHOICES)),
        )
        for nth in range(MOST_QUESTIONS)
    ]


def questions_of(fields: Mapping[str, str]) -> tuple[QuizQuestion, ...]:
    """The questions of which anything is typed, without the answers that are left empty."""
    read = [(_phrase(fields, names), names) for names in question_names()]
    questions = [_question(fields, text, names) for text, names in read]
    return tuple(question for question in questions if question.answers or question.text != Phrase())


def _question(fields: Mapping[str, str], text: Phrase, names: QuestionNames) -> QuizQuestion:
    answers = [_phrase(fields, answer) for answer in names.answers]
    typed = [number for number, answer in enumerate(answers) if answer != Phrase()]
    chosen = [place for place, number in enumerate(typed) if fields.get(names.right) == str(number)]
    right = chosen[0] if chosen else len(typed)  # no answer has this number
    return QuizQuestion(text=text, answers=tuple(answers[number] for number in typed), right=right)


def _phrase(fields: Mapping[str, str], names: AnswerNames | QuestionNames) -> Phrase:
    return Phrase(zh=fields.get(names.zh, "").strip(), en=fields.get(names.en, "").strip())


def kind_of(fields: Mapping[str, str]) -> GameKind:
    """Of a form that is sent, or of a link to one."""
    given = fields.get("kind", "")
    return GameKind(given) if given in set(GameKind) else GameKind.RACE
