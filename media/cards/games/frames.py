"""Which part of a game's board is drawn when: by the clock, and by the states that the referee sends. Pure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, NamedTuple, Protocol, TypeVar

from PIL import Image

from media.cards.games.board import GameBoard
from media.cards.games.confetti import EVERY_MS, Confetti
from media.cards.games.patches import Patch
from media.games.faces import COLOURS
from media.games.phases import Phase, Phases
from media.integers import ceil_div
from media.wire.games import GameState

Board = TypeVar("Board", bound=GameBoard)

ATTRACT, LOBBY, PODIUM = "attract", "lobby", "podium"
WORDS = {"zh": {"won": "赢了：{prize}！看看手机"}, "en": {"won": "won: {prize}. Look at your phone!"}}


class Frames(Protocol):
    """The drawing of one game on the screen, patch by patch."""

    def hear(self, state: GameState) -> None:
        """A newer state of the referee."""

    def due(self, now_ms: int) -> list[Patch]:
        """The patches that show the game as it is now; empty where nothing changed.

        The first call returns the whole board first.
        """

    def next_ms(self, now_ms: int) -> int:
        """When the clock alone changes something."""


class View(NamedTuple):
    """The view of the board, by name. The whole board is drawn anew when it changes; `of`: all else it depends on."""

    name: str
    of: Hashable = None


@dataclass
class GameFrames(ABC, Generic[Board]):
    """The part that all kinds of games share: the lobby, and the podium in the end. A kind adds the game in between.

    While nobody has joined, runners invite by themselves; when the podium is shown, confetti falls once.
    Instants are of any clock in ms, the same for `phases` and `now_ms`.
    """

    board: Board
    phases: Phases
    state: GameState | None = None
    _view: View | None = None
    _seconds: int = -1
    _since_ms: int = 0  # the view is shown
    _confetti: Confetti | None = None

    @property
    def joined(self) -> int:
        return self.state.joined if self.state else 0

    def hear(self, state: GameState) -> None:
        """A newer state; an older one, which came late, has no result and fewer players."""
        self.state = state

    def due(self, now_ms: int) -> list[Patch]:
        view, seconds = self._view_at(now_ms), self._seconds_left(now_ms)
        if view != self._view:
            self._view, self._seconds, self._since_ms = view, seconds, now_ms
            return [Patch(0, 0, self._whole(view, seconds)), *self._moved(view, now_ms)]
        patches = self._moved(view, now_ms)
        if seconds != self._seconds and view.name != PODIUM:
            self._seconds = seconds
            patches.append(self.board.countdown(seconds))
        return patches

    def next_ms(self, now_ms: int) -> int:
        seconds, ends_ms = self._seconds_left(now_ms), self._view_ends_ms(now_ms)
        changes_ms = min(ends_ms, ends_ms - (seconds - 1) * 1000) if seconds > 1 else ends_ms
        return min(changes_ms, now_ms + EVERY_MS) if self._moves_by_itself(now_ms) else changes_ms

    # --- what a kind of game says

    @abstractmethod
    def played_view(self, now_ms: int) -> View:
        """While somebody plays."""

    @abstractmethod
    def draw_played(self, view: View, seconds: int) -> Image.Image:
        """The whole board of a view of `played_view`."""

    def moved(self) -> list[Patch]:
        """While somebody plays: what moved since the last call."""
        return []

    def draw_result(self) -> Image.Image:
        return self.board.podium(self._places(), self.prize_line(), self.seed())

    def countdowns(self) -> tuple[int, ...]:
        """When a countdown ends. A play that nobody has joined counts down to the last moment to join, then to the
        game's end."""
        phases = self.phases
        if self.joined:
            return phases.play_ms, phases.result_ms
        return phases.play_ms, phases.last_join_ms, phases.ends_ms

    # --- what they share

    def _view_at(self, now_ms: int) -> View:
        if self.state is not None and self.state.result is not None:
            return View(PODIUM)
        if not self.joined:
            return View(ATTRACT, now_ms < self.phases.last_join_ms)
        if self.phases.at(now_ms) in (Phase.BEFORE, Phase.JOIN):
            return View(LOBBY, self.joined)
        return self.played_view(now_ms)

    def _whole(self, view: View, seconds: int) -> Image.Image:
        self._confetti = None
        if view.name == PODIUM:
            return self._result()
        if view.name == ATTRACT:
            return self.board.attract(seconds, is_open=bool(view.of))
        if view.name == LOBBY:
            return self.board.lobby(self.joined, seconds, self.state.promise if self.state else "")
        return self.draw_played(view, seconds)

    def _result(self) -> Image.Image:
        picture = self.draw_result()
        if self.state and self.state.result and (self.state.result.places or self.state.result.winners):
            self._confetti = Confetti(picture, self.board.free_area, COLOURS, seed=self.phases.starts_ms)
        return picture

    def _moved(self, view: View, now_ms: int) -> list[Patch]:
        if view.name == ATTRACT:
            return self.board.strolled(now_ms - self.phases.starts_ms)
        if view.name == PODIUM:
            return self._confetti.due(now_ms - self._since_ms) if self._confetti else []
        return [] if view.name == LOBBY else self.moved()

    def _moves_by_itself(self, now_ms: int) -> bool:
        if self._confetti is not None and not self._confetti.is_over(now_ms - self._since_ms):
            return True
        return self._view is not None and self._view.name == ATTRACT

    def _places(self) -> list[tuple[int, ...]]:
        result = self.state.result if self.state else None
        return [place.seats for place in result.places] if result else []

    def seed(self) -> str:
        """Where the prize was drawn; elsewhere it decided nothing, and is not shown."""
        if self.state is None or self.state.result is None or not self.state.promise:
            return ""
        return self.state.result.seed

    def prize_line(self) -> str:
        result = self.state.result if self.state else None
        if result is None or not result.winners or not self.board.words.prize:
            return ""
        return WORDS[self.board.language]["won"].format(prize=self.board.words.prize)

    def _view_ends_ms(self, now_ms: int) -> int:
        ends = (*self.countdowns(), self.phases.ends_ms)
        return next((end for end in ends if end > now_ms), now_ms + 1000)

    def _seconds_left(self, now_ms: int) -> int:
        return max(0, ceil_div(next((end for end in self.countdowns() if end > now_ms), now_ms) - now_ms, 1000))
