"""A game from outside: its score comes from the phone, so it only decides who may take part in the draw."""

from __future__ import annotations

from dataclasses import dataclass, field

from media.games.phases import Phases
from media.games.scoring import Standing, ranked
from media.games.seats import Seat
from media.wire.games import GameInput, GameState

LEAST_SHARE = 0.2  # of the play: nobody finishes a game in less


@dataclass
class CustomState:
    """By seat: the best score and when it arrived; and who has finished."""

    scores: dict[int, tuple[int, int]] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)


@dataclass
class Custom:
    """A score above `most_score`, which the designer states, is ignored."""

    phases: Phases
    most_score: int
    state: CustomState = field(default_factory=CustomState)

    def take(self, seat: Seat, given: GameInput, now_ms: int) -> None:
        score, _ = self.state.scores.get(seat.number, (-1, 0))
        if given.score > score and given.score <= self.most_score:
            self.state.scores[seat.number] = (given.score, now_ms)
        if given.finished and given.score <= self.most_score and self._had_time(seat, now_ms):
            self.state.finished.add(seat.number)

    def _had_time(self, seat: Seat, now_ms: int) -> bool:
        return now_ms - max(seat.joined_ms, self.phases.play_ms) >= LEAST_SHARE * self.phases.played_ms

    def standings(self) -> list[Standing]:
        return ranked(Standing((seat,), score, at_ms) for seat, (score, at_ms) in self.state.scores.items())

    def finishers(self) -> set[int]:
        return set(self.state.finished)

    def shown(self, state: GameState, now_ms: int) -> GameState:
        return state
