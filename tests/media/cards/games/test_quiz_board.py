from __future__ import annotations

from itertools import pairwise

import pytest
from PIL import Image, ImageChops
from pyzbar.pyzbar import decode

from media.cards.games.board import GameWords
from media.cards.games.quiz_board import QuizBoard
from media.cards.layout import STRIP_SHARE
from media.wire.games import Phrase, Question, Solution

LINK = "https://example.org/s/K7M2PQ?p=0123456789abcdef"
SIZES = [(1920, 1080), (1080, 1920), (1024, 768), (720, 720)]
SOLUTION = Solution(right=1, votes=(3, 12, 0, 1))


def board(size: tuple[int, int] = (1280, 720)) -> QuizBoard:
    return QuizBoard(GameWords("茶知识问答", "A free cup"), LINK, size, "zh")


def question(answers: int = 4, text: str = "乌龙茶的故乡是哪里？") -> Question:
    phrases = tuple(Phrase(zh=f"答案 {nth}") for nth in range(answers))
    return Question(text=Phrase(zh=text), answers=phrases, opens_after_ms=6000, closes_after_ms=9500)


def differs(one: Image.Image, other: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(one, other).getbbox()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("answers", [2, 3, 4])
def test_the_code_stays_and_nothing_lies_below_the_strip(size: tuple[int, int], answers: int) -> None:
    quiz, long = board(size), question(answers, "问" * 80)
    for solution in (None, SOLUTION):
        picture = quiz.question([long], 0, 5, solution)
        assert [found.data.decode() for found in decode(picture)] == [LINK]
        below = picture.crop((0, round(size[1] * (1 - STRIP_SHARE)), *size))
        assert len(below.getcolors() or []) == 1


@pytest.mark.parametrize("size", SIZES)
def test_the_number_of_answers_covers_no_answer(size: tuple[int, int]) -> None:
    quiz = board(size)
    picture = quiz.question([question()], 0, 5)
    before = picture.copy()
    patch = quiz.answered(12, 14)
    picture.paste(patch.picture, (patch.left, patch.top))
    drawn = differs(before, picture)
    assert drawn is not None
    assert drawn[1] >= max(tile.bottom for tile in quiz._tiles(4))
    assert differs(quiz.answered(13, 14).picture, patch.picture)


def test_a_solution_looks_different_from_its_question_and_from_another_one() -> None:
    quiz = board()
    pictures = [
        quiz.question([question()] * 2, 0, 5, solution)
        for solution in (None, SOLUTION, Solution(right=0, votes=SOLUTION.votes), Solution(right=1, votes=(0, 0, 0, 0)))
    ]
    assert all(differs(first, second) for first, second in pairwise(pictures))
