from __future__ import annotations

import pytest

from media.games.phases import Phases, phases_of
from media.games.quiz import Quiz, most_questions
from media.games.scoring import Standing
from media.games.seats import Seat
from media.wire.games import GameInput, GameState, Solution


@pytest.fixture
def quiz(phases: Phases) -> Quiz:
    """Two questions of 5 s from 6 s on, each open for 3.5 s."""
    return Quiz(phases, right=(2, 0))


def answers(*choices: int) -> GameInput:
    return GameInput(spot=0, answers=choices)


@pytest.mark.parametrize(
    ("now_ms", "question"),
    [(5999, None), (6000, 0), (9499, 0), (9500, None), (10_999, None), (11_000, 1), (14_500, None), (20_000, None)],
)
def test_questions_are_open_one_after_the_other(quiz: Quiz, now_ms: int, question: int | None) -> None:
    assert quiz.open_question(now_ms) == question


def test_a_right_answer_is_worth_more_the_sooner_it_arrives(quiz: Quiz) -> None:
    quiz.take(Seat(0, 0), answers(2), 6000)
    quiz.take(Seat(1, 0), answers(2), 9499)
    quiz.take(Seat(2, 0), answers(1), 6100)
    assert quiz.standings() == [Standing((0,), 1000, 6000), Standing((1,), 500, 9499), Standing((2,), 0, 6100)]


def test_the_first_answer_counts(quiz: Quiz) -> None:
    quiz.take(Seat(0, 0), answers(1), 6000)
    quiz.take(Seat(0, 0), answers(2), 6100)
    assert quiz.standings() == [Standing((0,), 0, 6000)]


@pytest.mark.parametrize("given", [answers(), answers(-1), answers(-1, 0)])
def test_an_answer_to_no_open_question_is_none(quiz: Quiz, given: GameInput) -> None:
    quiz.take(Seat(0, 0), given, 6000)
    assert quiz.standings() == []


def test_who_was_late_for_a_question_can_answer_the_next(quiz: Quiz) -> None:
    quiz.take(Seat(0, 0), answers(2), 9600)
    quiz.take(Seat(0, 0), answers(2, 0), 11_000)
    assert quiz.standings() == [Standing((0,), 1000, 11_000)]
    assert quiz.finishers() == set()


def test_who_has_every_answer_right_finishes(quiz: Quiz) -> None:
    for seat, first in ((0, 2), (1, 3)):
        quiz.take(Seat(seat, 0), answers(first), 6000)
        quiz.take(Seat(seat, 0), answers(first, 0), 11_000)
    assert quiz.finishers() == {0}


def test_votes_are_counted_for_each_choice(quiz: Quiz) -> None:
    for seat, choice in enumerate((2, 2, 0)):
        quiz.take(Seat(seat, 0), answers(choice), 6000)
    assert (quiz.votes(0), quiz.votes(1)) == ([1, 0, 2, 0], [0, 0, 0, 0])


@pytest.mark.parametrize(("length_ms", "most"), [(15_000, 1), (20_000, 2), (60_000, 8)])
def test_each_question_has_five_seconds(length_ms: int, most: int) -> None:
    assert most_questions(phases_of(0, length_ms)) == most


def test_a_right_answer_is_shown_only_after_the_time_for_its_question(quiz: Quiz) -> None:
    state = GameState(spot=0, joined=2)
    quiz.take(Seat(0, 0), answers(2), 6000)
    quiz.take(Seat(1, 0), answers(1), 7000)
    assert quiz.shown(state, 9499) == GameState(spot=0, joined=2, answered=2)
    first = Solution(right=2, votes=(0, 1, 1, 0))
    assert quiz.shown(state, 9500) == GameState(spot=0, joined=2, solutions=(first,))
    assert quiz.shown(state, 11_000).solutions == (first,)
    assert [solution.right for solution in quiz.shown(state, 14_500).solutions] == [2, 0]
    assert quiz.changes_ms() == [6000, 9500, 11_000, 14_500]
