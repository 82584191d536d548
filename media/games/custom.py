"""A game from outside: its score comes from the phone, so it only decides who may take part in the draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from media.games.phases import Phases
from media.games.scoring import Standing, ranked
from media.games.seats import Seat
from media.wire.games import NO_PICTURE, GameInput, GameState, PlayerBoard

LEAST_SHARE = 0.2  # of the play: nobody finishes a game in less
MOST_SHOWN = 24  # players on the screen


@dataclass
class CustomState:
    """By seat: the best score and when it arrived; who has finished; and the number and picture beside the player."""

    scores: dict[int, tuple[int, int]] = field(default_factory=dict)
    finished: set[int] = field(default_factory=set)
    boards: dict[int, tuple[int, int]] = field(default_factory=dict)


@dataclass
class Custom:
    """A score or a number above `most_score`, which the designer states, is ignored.

    pictures: how many the game has for the screen; a number from there on is ignored too
    """

    phases: Phases
    most_score: int
    pictures: int = 0
    state: CustomState = field(default_factory=CustomState)

    def take(self, seat: Seat, given: GameInput, now_ms: int) -> None:
        if max(given.score, given.board) > self.most_score or given.picture >= self.pictures:
            return
        score, _ = self.state.scores.get(seat.number, (-1, 0))
        if given.score > score:
            self.state.scores[seat.number] = (given.score, now_ms)
        if given.finished and self._had_time(seat, now_ms):
            self.state.finished.add(seat.number)
        self.state.boards[seat.number] = (given.board, given.picture)

    def _had_time(self, seat: Seat, now_ms: int) -> bool:
        return now_ms - max(seat.joined_ms, self.phases.play_ms) >= LEAST_SHARE * self.phases.played_ms

    def standings(self) -> list[Standing]:
        return ranked(Standing((seat,), score, at_ms) for seat, (score, at_ms) in self.state.scores.items())

    def finishers(self) -> set[int]:
        return set(self.state.finished)

    def changes_ms(self) -> Sequence[int]:
        return ()

    def shown(self, state: GameState, now_ms: int) -> GameState:
        """With the boards of the best players, in the order of their seats so that nobody moves on the screen."""
        best = sorted(standing.seats[0] for standing in self.standings()[:MOST_SHOWN])
        return state.model_copy(update={"boards": tuple(self._board(seat) for seat in best)})

    def _board(self, seat: int) -> PlayerBoard:
        number, picture = self.state.boards.get(seat, (0, NO_PICTURE))
        return PlayerBoard(seat=seat, number=number, picture=picture)
