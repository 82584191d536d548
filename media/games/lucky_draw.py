"""The lucky draw: everyone who has joined takes part, and there is nothing to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from media.games.scoring import Standing
from media.games.seats import Seat, Seats
from media.wire.games import GameInput, GameState


@dataclass
class NoState:
    """The seats are all there is to know."""


@dataclass
class LuckyDraw:
    """A game whose winners are decided by the draw alone (`media.games.draws`)."""

    seats: Seats
    state: NoState = field(default_factory=NoState)

    def take(self, seat: Seat, given: GameInput, now_ms: int) -> None:
        """Nothing that a phone sends counts."""

    def standings(self) -> list[Standing]:
        return []

    def finishers(self) -> set[int]:
        return {seat.number for seat in self.seats.by_phone.values()}

    def changes_ms(self) -> Sequence[int]:
        return ()

    def shown(self, state: GameState, now_ms: int) -> GameState:
        return state
