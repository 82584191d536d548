"""The frames of a quiz: question after question, each with its solution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from media.cards.games.frames import GameFrames, View
from media.cards.games.patches import Patch
from media.cards.games.quiz_board import QuizBoard
from media.wire.games import Question, Solution


@dataclass
class QuizFrames(GameFrames[QuizBoard]):
    """A solution is shown once the referee has sent it; until then the question stays."""

    questions: Sequence[Question] = ()
    _nth: int = 0
    _answered: tuple[int, int] = (-1, -1)

    def countdowns(self) -> tuple[int, ...]:
        """To the end of each question, and then of its solution."""
        if not self.joined:
            return super().countdowns()
        starts_ms = self.phases.starts_ms
        opens = [starts_ms + question.opens_after_ms for question in self.questions]
        closes = [starts_ms + question.closes_after_ms for question in self.questions]
        return tuple(sorted({*super().countdowns(), *opens, *closes}))

    def played_view(self, now_ms: int) -> View:
        since_ms = now_ms - self.phases.starts_ms
        self._nth = sum(since_ms >= question.opens_after_ms for question in self.questions[1:])
        return View("question", (self._nth, self._solution()))

    def draw_played(self, view: View, seconds: int) -> Image.Image:
        self._answered = (-1, -1)
        return self.board.question(self.questions, self._nth, seconds, self._solution())

    def moved(self) -> list[Patch]:
        """How many have answered, while they can."""
        if self.state is None or self._solution() is not None:
            return []
        answered = (self.state.answered, self.joined)
        if answered == self._answered:
            return []
        self._answered = answered
        return [self.board.answered(*answered)]

    def _solution(self) -> Solution | None:
        """Of the question that is on; a question is on until the next one opens."""
        solutions = self.state.solutions if self.state else ()
        return solutions[self._nth] if self._nth < len(solutions) else None
