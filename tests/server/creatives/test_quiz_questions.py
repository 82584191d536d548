from __future__ import annotations

import pytest

from media.wire.games import Phrase
from server.creatives.quiz_questions import (
    ANSWER_CHARS,
    NoQuestion,
    NoRightAnswer,
    QuestionUnfinished,
    QuizQuestion,
    TooManyQuestions,
    checked_questions,
)
from server.errors import Invalid


def question(text: str, *answers: str, right: int = 0) -> QuizQuestion:
    return QuizQuestion(text=Phrase(en=text), answers=tuple(Phrase(zh=answer) for answer in answers), right=right)


def test_texts_are_tidied_and_cut() -> None:
    [checked] = checked_questions([question(" Where\n to? ", "  here ", "x" * 99)], 30_000)
    assert (checked.text.en, checked.answers[0].zh, len(checked.answers[1].zh)) == ("Where to?", "here", ANSWER_CHARS)


@pytest.mark.parametrize(
    ("questions", "length_ms", "error"),
    [
        ([], 30_000, NoQuestion),
        ([question("Where?", "here")], 30_000, QuestionUnfinished),
        ([question("Where?", "here", " \n")], 30_000, QuestionUnfinished),
        ([question("", "here", "there")], 30_000, QuestionUnfinished),
        ([question("Where?", "here", "there", right=2)], 30_000, NoRightAnswer),
        ([question("Where?", "here", "there")] * 2, 15_000, TooManyQuestions),
    ],
)
def test_each_fault_has_its_own_remedy(questions: list[QuizQuestion], length_ms: int, error: type[Invalid]) -> None:
    with pytest.raises(error) as refused:
        checked_questions(questions, length_ms)
    assert refused.value.remedy
