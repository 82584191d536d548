"""The quiz: one to three questions, one after the other; speed counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from media.games.phases import Phases
from media.games.scoring import Standing, ranked
from media.games.seats import Seat
from media.wire.games import MOST_CHOICES, NO_ANSWER, GameInput, GameState, Solution

ANSWER_SHARE = 0.7  # of the time for a question; then the right answer is shown
LEAST_MS_EACH = 5000
POINTS_RIGHT, POINTS_FAST = 500, 500


@dataclass
class QuizState:
    """By seat and question: the choice, and when it arrived."""

    answers: dict[int, dict[int, tuple[int, int]]] = field(default_factory=dict)


@dataclass
class Quiz:
    """`right` is the number of the right choice of each question. The first answer counts, and when it arrived."""

    phases: Phases
    right: Sequence[int]
    state: QuizState = field(default_factory=QuizState)

    def take(self, seat: Seat, given: GameInput, now_ms: int) -> None:
        question = self.open_question(now_ms)
        if question is None or question >= len(given.answers) or given.answers[question] == NO_ANSWER:
            return
        self.state.answers.setdefault(seat.number, {}).setdefault(question, (given.answers[question], now_ms))

    def standings(self) -> list[Standing]:
        return ranked(self._standing(seat, answers) for seat, answers in self.state.answers.items())

    def _standing(self, seat: int, answers: dict[int, tuple[int, int]]) -> Standing:
        points = sum(self._points(question, *answer) for question, answer in answers.items())
        return Standing((seat,), points, max(at_ms for _, at_ms in answers.values()))

    def _points(self, question: int, choice: int, at_ms: int) -> int:
        if choice != self.right[question]:
            return 0
        begins_ms, closes_ms = self.open_from_until(question)
        return POINTS_RIGHT + POINTS_FAST * (closes_ms - at_ms) // (closes_ms - begins_ms)

    def finishers(self) -> set[int]:
        """Those with every answer right."""
        every = dict(enumerate(self.right))
        return {
            seat
            for seat, answers in self.state.answers.items()
            if {question: choice for question, (choice, _) in answers.items()} == every
        }

    def changes_ms(self) -> Sequence[int]:
        return [at_ms for question in range(len(self.right)) for at_ms in self.open_from_until(question)]

    def shown(self, state: GameState, now_ms: int) -> GameState:
        """A right answer leaves the referee when the time for its question is over, and no sooner."""
        closed = [nth for nth in range(len(self.right)) if now_ms >= self.open_from_until(nth)[1]]
        solutions = tuple(Solution(right=self.right[nth], votes=tuple(self.votes(nth))) for nth in closed)
        question = self.open_question(now_ms)
        answered = sum(self.votes(question)) if question is not None else 0
        return state.model_copy(update={"answered": answered, "solutions": solutions})

    def open_question(self, now_ms: int) -> int | None:
        """The question that can be answered now; none while a right answer is shown."""
        spans = enumerate(map(self.open_from_until, range(len(self.right))))
        return next((question for question, (begins_ms, ends_ms) in spans if begins_ms <= now_ms < ends_ms), None)

    def open_from_until(self, question: int) -> tuple[int, int]:
        return open_from_until(self.phases, question, of=len(self.right))

    def votes(self, question: int) -> list[int]:
        """How many chose each answer."""
        votes = Counter(answers[question][0] for answers in self.state.answers.values() if question in answers)
        return [votes[choice] for choice in range(MOST_CHOICES)]


def open_from_until(phases: Phases, question: int, *, of: int) -> tuple[int, int]:
    """When a question of so many can be answered, in the clock of the phases."""
    each_ms = phases.played_ms // of
    begins_ms = phases.play_ms + question * each_ms
    return begins_ms, begins_ms + round(each_ms * ANSWER_SHARE)


def most_questions(phases: Phases) -> int:
    """How many questions a game of this length has time for."""
    return max(1, phases.played_ms // LEAST_MS_EACH)
