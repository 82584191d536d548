"""Which part of a game's board is drawn when: by the clock, and by the states that the referee sends. Pure."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from PIL import Image

from media.cards.games.board import GameBoard, Patch
from media.games.phases import Phase, Phases
from media.integers import ceil_div
from media.wire.games import GameState

Board = TypeVar("Board", bound=GameBoard)

LOBBY, PODIUM = "lobby", "podium"
WORDS = {"zh": {"won": "赢了：{prize}！看看手机"}, "en": {"won": "won: {prize}. Look at your phone!"}}


class Frames(Protocol):
    """What the screen draws of one game."""

    def hear(self, state: GameState) -> None:
        """A newer state of the referee."""

    def due(self, now_ms: int) -> list[Patch]:
        """What must be drawn to show the game as it is now; empty where nothing changed.

        The first call returns the whole board first.
        """

    def next_ms(self, now_ms: int) -> int:
        """When the clock alone changes something."""


class View(NamedTuple):
    """What the board shows. The whole board is drawn anew when the view changes; `of` is what else it depends on."""

    name: str
    of: Hashable = None


@dataclass
class GameFrames(Generic[Board]):
    """What all kinds of games share: the lobby, and the podium in the end. A kind says what is shown in between.

    Instants are of any clock in ms, the same for `phases` and `now_ms`.
    """

    board: Board
    phases: Phases
    state: GameState | None = None
    _view: View | None = None
    _seconds: int = -1

    @property
    def joined(self) -> int:
        return self.state.joined if self.state else 0

    def hear(self, state: GameState) -> None:
        """A newer state; an older one, which came late, has no result and fewer players."""
        self.state = state

    def due(self, now_ms: int) -> list[Patch]:
        view, seconds = self._view_at(now_ms), self._seconds_left(now_ms)
        if view != self._view:
            self._view, self._seconds = view, seconds
            return [Patch(0, 0, self._whole(view, seconds)), *self._moved(view)]
        patches = self._moved(view)
        if seconds != self._seconds and view.name != PODIUM:
            self._seconds = seconds
            patches.append(self.board.countdown(seconds))
        return patches

    def next_ms(self, now_ms: int) -> int:
        seconds, ends_ms = self._seconds_left(now_ms), self._view_ends_ms(now_ms)
        return min(ends_ms, ends_ms - (seconds - 1) * 1000) if seconds > 1 else ends_ms

    # --- what a kind of game says

    def played_view(self, now_ms: int) -> View:
        """While somebody plays."""
        raise NotImplementedError

    def draw_played(self, view: View, seconds: int) -> Image.Image:
        """The whole board of a view of `played_view`."""
        raise NotImplementedError

    def moved(self) -> list[Patch]:
        """While somebody plays: what moved since the last call."""
        return []

    # --- what they share

    def _view_at(self, now_ms: int) -> View:
        if self.state is not None and self.state.result is not None:
            return View(PODIUM)
        if self.phases.at(now_ms) in (Phase.BEFORE, Phase.JOIN) or not self.joined:
            return View(LOBBY, self.joined)
        return self.played_view(now_ms)

    def _whole(self, view: View, seconds: int) -> Image.Image:
        if view.name == PODIUM:
            return self.board.podium(self._places(), self._prize())
        if view.name == LOBBY:
            return self.board.lobby(self.joined, seconds)
        return self.draw_played(view, seconds)

    def _moved(self, view: View) -> list[Patch]:
        return [] if view.name in (LOBBY, PODIUM) else self.moved()

    def _places(self) -> list[tuple[int, ...]]:
        result = self.state.result if self.state else None
        return [place.seats for place in result.places] if result else []

    def _prize(self) -> str:
        result = self.state.result if self.state else None
        if result is None or not result.winners or not self.board.words.prize:
            return ""
        return WORDS[self.board.language]["won"].format(prize=self.board.words.prize)

    def _view_ends_ms(self, now_ms: int) -> int:
        ends = (self.phases.play_ms, self.phases.result_ms, self.phases.ends_ms)
        return next((end for end in ends if end > now_ms), now_ms + 1000)

    def _seconds_left(self, now_ms: int) -> int:
        """Of the phase; of a play that nobody has joined, until it is too late to."""
        ends = {Phase.BEFORE: self.phases.play_ms, Phase.JOIN: self.phases.play_ms, Phase.PLAY: self.phases.result_ms}
        return max(0, ceil_div(ends.get(self.phases.at(now_ms), now_ms) - now_ms, 1000))
