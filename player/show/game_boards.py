"""The board over the poster of a game: started ahead of its spot, given the referee's states, ended with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from media.timeline import Timeline
from media.wire.games import GameState
from media.wire.timeline import GameLook
from player.display.child_process import ChildProcess
from player.display.game_spec import GameSpec
from player.display.json_socket import HungUp
from player.show.game_spot import GameSpot
from player.show.strips import language_of, page_link
from player.sync.clock import Clock

logger = logging.getLogger(__name__)

MS = 1_000_000


class GameBoards:
    """At most one board. A board that cannot be started, or dies, leaves the poster on the screen."""

    def __init__(
        self,
        x_display: Callable[[], str],
        clock: Clock,
        *,
        timeline: Callable[[], Timeline | None],
        find_file: Callable[[str], Path | None],
    ) -> None:
        """find_file: the file of a digest; None where it is not on this box"""
        self._x_display = x_display
        self._find_file = find_file
        self._clock = clock
        self._timeline = timeline
        self._lock = threading.Lock()
        self._spot: GameSpot | None = None
        self._child: ChildProcess | None = None
        self._is_shown = False

    def follow(self, coming: GameSpot | None, on: GameSpot | None) -> None:
        """Called at each turn with the game that comes next, and the one that is visible."""
        with self._lock:
            if self._spot is not None and self._spot not in (coming, on):
                self._end()
            begun = on or coming
            if self._spot is None and begun is not None:
                self._start(begun)
            if on is not None and on == self._spot and not self._is_shown:
                self._is_shown = True
                self._send({"do": "show"})

    def hear(self, message: object) -> None:
        """A state of the referee, from the socket's thread."""
        try:
            state = GameState.model_validate(message)
        except ValidationError:
            return
        with self._lock:
            if self._spot is not None and state.spot == self._spot.starts_ms:
                self._send({"do": "state", "state": state.model_dump(mode="json")})

    def stop(self) -> None:
        with self._lock:
            self._end()

    def _start(self, spot: GameSpot) -> None:
        self._spot, self._is_shown = spot, False
        spec = self._spec(spot)
        if spec is None or not self._x_display():
            return
        try:
            self._child = ChildProcess(
                "player.display.board_child", "--game", spec.model_dump_json(), display=self._x_display()
            )
        except OSError as error:
            logger.warning("board not started why=%s", error.strerror)

    def _end(self) -> None:
        child, self._child, self._spot = self._child, None, None
        if child is not None:
            child.kill()

    def _send(self, message: dict[str, object]) -> None:
        if self._child is None:
            return
        try:
            self._child.lines.send(message)
        except HungUp:
            logger.warning("board is gone; the poster stays")
            child, self._child = self._child, None
            child.kill()

    def _spec(self, spot: GameSpot) -> GameSpec | None:
        game, timeline = spot.item.phone.game, self._timeline()
        if game is None or timeline is None:
            return None
        settings = timeline.manifest.settings
        instants = (0, game.play_after_ms, game.result_after_ms, spot.item.length_ms)
        return GameSpec(
            card=game,
            package=self._find_file(game.package.digest) if game.package else None,
            link=page_link(settings, spot.item.id, self._clock.now_ms()),
            language=language_of(settings.zone),
            phases_ms=tuple(self._clock.at_ns(spot.starts_ms + after_ms) // MS for after_ms in instants),
            pictures=self._pictures(game.look),
        )

    def _pictures(self, look: GameLook) -> dict[str, str]:
        """Their files by name; a picture that has not arrived is left out."""
        files = {name: self._find_file(ref.digest) for name, ref in look.pictures.items()}
        return {name: str(path) for name, path in files.items() if path is not None}
