"""Which part of a race's board is drawn when: by the clock, and by the states that the referee sends. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PIL import Image

from media.cards.race_board import Patch, RaceBoard
from media.games.phases import Phase, Phases
from media.games.race import LANES
from media.integers import ceil_div
from media.wire.games import GameState

WORDS = {"zh": {"won": "赢了：{prize}！看看手机"}, "en": {"won": "won: {prize}. Look at your phone!"}}


@dataclass
class RaceFrames:
    """The frames of one race. Instants are of any clock in ms, the same for `phases` and `now_ms`."""

    board: RaceBoard
    phases: Phases
    state: GameState | None = None
    _view: tuple[object, ...] = ()
    _seconds: int = -1
    _positions: Sequence[int] = field(default_factory=tuple)

    @property
    def joined(self) -> int:
        return self.state.joined if self.state else 0

    def hear(self, state: GameState) -> None:
        """A newer state; an older one, which came late, has no result and fewer players."""
        self.state = state

    def due(self, now_ms: int) -> list[Patch]:
        """What must be drawn to show the game as it is now; empty where nothing changed."""
        view = self._view_at(now_ms)
        seconds = self._seconds_left(now_ms)
        if view != self._view:
            self._view, self._seconds = view, seconds
            return [Patch(0, 0, self._whole(view, seconds)), *self._moved(view)]
        patches = self._moved(view)
        if seconds != self._seconds and view[0] != "podium":
            self._seconds = seconds
            patches.append(self.board.countdown(seconds))
        return patches

    def next_ms(self, now_ms: int) -> int:
        """When the clock alone changes something."""
        seconds = self._seconds_left(now_ms)
        ends = [self.phases.play_ms, self.phases.result_ms, self.phases.ends_ms]
        phase_ends = next((end for end in ends if end > now_ms), now_ms + 1000)
        return min(phase_ends, phase_ends - (seconds - 1) * 1000) if seconds > 1 else phase_ends

    def _view_at(self, now_ms: int) -> tuple[object, ...]:
        """The name of the view and what a change of means that it is drawn anew."""
        if self.state is not None and self.state.result is not None:
            return ("podium",)
        if self.phases.at(now_ms) in (Phase.BEFORE, Phase.JOIN) or not self.joined:
            return ("lobby", self.joined)
        return ("track", min(self.joined, LANES))

    def _whole(self, view: tuple[object, ...], seconds: int) -> Image.Image:
        if view[0] == "podium":
            return self.board.podium(self._places(), self._prize())
        if view[0] == "lobby":
            return self.board.lobby(self.joined, seconds)
        return self.board.track(self.joined, seconds)

    def _moved(self, view: tuple[object, ...]) -> list[Patch]:
        if view[0] != "track" or self.state is None:
            return []
        return self.board.moved(self.state.positions)

    def _places(self) -> list[tuple[int, ...]]:
        result = self.state.result if self.state else None
        return [place.seats for place in result.places] if result else []

    def _prize(self) -> str:
        result = self.state.result if self.state else None
        if result is None or not result.winners or not self.board.words.prize:
            return ""
        return WORDS[self.board.language]["won"].format(prize=self.board.words.prize)

    def _seconds_left(self, now_ms: int) -> int:
        """Of the phase; of a play that nobody has joined, until it is too late to."""
        ends = {Phase.BEFORE: self.phases.play_ms, Phase.JOIN: self.phases.play_ms, Phase.PLAY: self.phases.result_ms}
        return max(0, ceil_div(ends.get(self.phases.at(now_ms), now_ms) - now_ms, 1000))
