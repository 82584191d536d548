from __future__ import annotations

from typing import Any

import pytest

from media.cards.games.board import GameWords
from media.cards.games.patches import Patch
from media.cards.games.quiz_board import QuizBoard
from media.cards.games.quiz_frames import QuizFrames
from media.games.phases import phases_of
from media.wire.games import GameResult, GameState, Phrase, Question, Solution

SIZE = (640, 360)
FIRST = Solution(right=0, votes=(1, 1, 0, 0))


@pytest.fixture
def frames() -> QuizFrames:
    """A quiz from 0 on: questions from 6 and 11 s on, each open for 3.5 s; the result from 16 s."""
    board = QuizBoard(GameWords("Quiz"), "https://example.org/s/A", SIZE, "en")
    questions = [
        Question(
            text=Phrase(en="Where?"),
            answers=(Phrase(en="here"), Phrase(en="there")),
            opens_after_ms=opens_ms,
            closes_after_ms=opens_ms + 3500,
        )
        for opens_ms in (6000, 11_000)
    ]
    return QuizFrames(board, phases_of(0, 20_000), questions=questions)


def state(**more: Any) -> GameState:
    return GameState(spot=0, joined=2, **more)


def drawn(frames: QuizFrames, now_ms: int) -> str:
    patches: list[Patch] = frames.due(now_ms)
    whole = bool(patches) and patches[0].picture.size == SIZE
    return f"whole and {len(patches) - 1}" if whole else str(len(patches))


def test_each_question_is_drawn_with_how_many_have_answered(frames: QuizFrames) -> None:
    frames.hear(state())
    assert drawn(frames, 5000) == "whole and 0"
    assert [drawn(frames, at_ms) for at_ms in (6000, 6100)] == ["whole and 1", "0"]
    frames.hear(state(answered=1))
    assert [drawn(frames, at_ms) for at_ms in (6200, 6300)] == ["1", "0"]
    frames.hear(state(answered=0, solutions=(FIRST,)))
    assert drawn(frames, 11_000) == "whole and 1"


def test_a_solution_is_drawn_once_it_arrives(frames: QuizFrames) -> None:
    frames.hear(state(answered=2))
    frames.due(9000)
    assert drawn(frames, 9510) == "1"  # the countdown alone
    frames.hear(state(solutions=(FIRST,)))
    assert [drawn(frames, at_ms) for at_ms in (9600, 9700)] == ["whole and 0", "0"]


def test_the_countdown_ends_with_the_question_and_then_with_its_solution(frames: QuizFrames) -> None:
    frames.hear(state())
    assert [frames._seconds_left(at_ms) for at_ms in (0, 6000, 9400, 9500, 11_000)] == [6, 4, 1, 2, 4]
    assert [frames.next_ms(at_ms) for at_ms in (6000, 9400, 9500)] == [6500, 9500, 10_000]


def test_a_quiz_that_nobody_joined_invites(frames: QuizFrames) -> None:
    frames.due(5000)
    assert frames._view is not None
    frames.due(7000)
    assert frames._view.name == "attract"


def test_the_ranking_ends_it(frames: QuizFrames) -> None:
    frames.hear(state(solutions=(FIRST, FIRST)))
    frames.due(15_000)
    frames.hear(state(solutions=(FIRST, FIRST), result=GameResult(places=(), winners=())))
    assert [drawn(frames, at_ms) for at_ms in (16_400, 18_000)] == ["whole and 0", "0"]
