"""The part that all kinds of game share: they take inputs, and in the end they rank the phones that played."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Protocol

from media.games.seats import Seat
from media.wire.games import GameInput, GameState


class Standing(NamedTuple):
    """A player, or the players of one lane, and how they did.

    seats: their numbers · points: more is better · reached_ms: when they had them, earlier is better
    """

    seats: tuple[int, ...]
    points: int
    reached_ms: int


class Scoring(Protocol):
    """One kind of game. The referee calls `take` only while the game is played.

    state: a dataclass of plain values, all that a referee needs to go on after it was killed
    """

    state: Any

    def take(self, seat: Seat, given: GameInput, now_ms: int) -> None:
        """Count what is plausible of an input. Repeated, late and lost inputs change nothing."""

    def standings(self) -> list[Standing]:
        """Of those who did anything; the best first."""

    def finishers(self) -> set[int]:
        """The seats that may win what is drawn among all who finished."""

    def changes_ms(self) -> Sequence[int]:
        """The instants at which the clock alone changes what is shown while the game is played."""

    def shown(self, state: GameState, now_ms: int) -> GameState:
        """The state with what boards and phones show of this kind of game."""


def ranked(standings: Iterable[Standing]) -> list[Standing]:
    """The best first: by points, then by time, then by seat, so that two referees agree."""
    return sorted(standings, key=lambda standing: (-standing.points, standing.reached_ms, standing.seats))
