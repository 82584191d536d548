"""Sends the states of games to the phones in front of the screen, and to its player."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn

from sqlalchemy import Engine
from sqlmodel import col, select

from media.lru_cache import LruCache
from media.wire.games import GameState
from server.db import reading, utc_now
from server.db.errors import DATABASE_ERRORS
from server.games.referees import Referees
from server.live.rooms import player_room, screen_room
from server.live.sockets import Sockets
from server.screens.models import Player

logger = logging.getLogger(__name__)

TICK_S = 0.02
IDLE_S = 0.25
GAMES_MOST = 1024  # whose players are remembered


class GameSender:
    """`send` emits one state; `run` is the loop of a greenlet."""

    def __init__(self, engine: Engine, sockets: Sockets, referees: Referees) -> None:
        self._engine = engine
        self._io = sockets.io
        self._gate = sockets.gate
        self._referees = referees
        self._players: LruCache[list[str]] = LruCache(GAMES_MOST)
        referees.send, referees.close_sockets = self.send, self.close_sockets

    def send(self, screen_id: str, state: GameState) -> None:
        message = state.model_dump(mode="json")
        self._io.emit("game", message, namespace="/phone", to=screen_room(screen_id))
        for player_id in self._players.get((screen_id, state.spot), lambda: self._players_of(screen_id)) or ():
            self._io.emit("game", message, namespace="/player", to=player_room(player_id))

    def close_sockets(self, screen_id: str) -> None:
        """Of this process's phones in front of the screen. They come back where nginx sends them now."""
        here = list(self._io.server.manager.get_participants("/phone", screen_room(screen_id)))
        for _sid, connection in here:
            self._gate.close(connection)
        logger.info("game taken over by another process screen=%s sockets=%d", screen_id, len(here))

    def run(self, sleep: Callable[[float], object]) -> NoReturn:
        while True:
            self._referees.tick(utc_now())
            sleep(IDLE_S if self._referees.is_idle else TICK_S)

    def _players_of(self, screen_id: str) -> list[str] | None:
        """Read once a game; None if it cannot be read."""
        feeding = select(Player.id).where(Player.screen_id == screen_id, col(Player.revoked_at).is_(None))
        try:
            with reading(self._engine, brief=True) as db:
                return list(db.exec(feeding))
        except DATABASE_ERRORS as error:  # the next state is sent a moment later
            logger.warning("players of a game not read screen=%s why=%s", screen_id, error)
            return None
