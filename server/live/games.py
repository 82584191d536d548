"""Sends the states of games to the phones in front of the screen, and to its player."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import NoReturn

from flask_socketio import SocketIO
from sqlalchemy import Engine
from sqlmodel import col, select

from media.lru_cache import LruCache
from media.wire.games import GameState
from server.db import reading, utc_now
from server.db.errors import DATABASE_ERRORS
from server.games.referees import Referees
from server.live.rooms import player_room, screen_room
from server.screens.models import Player

logger = logging.getLogger(__name__)

TICK_S = 0.02
IDLE_S = 0.25
GAMES_MOST = 1024  # whose players are remembered


class GameSender:
    """`send` emits one state; `run` is the loop of a greenlet."""

    def __init__(self, engine: Engine, io: SocketIO, referees: Referees) -> None:
        self._engine = engine
        self._io = io
        self._referees = referees
        self._players: LruCache[list[str]] = LruCache(GAMES_MOST)
        referees.send = self.send

    def send(self, screen_id: str, state: GameState) -> None:
        message = state.model_dump(mode="json")
        self._io.emit("game", message, namespace="/phone", to=screen_room(screen_id))
        for player_id in self._players.get((screen_id, state.spot), lambda: self._players_of(screen_id)) or ():
            self._io.emit("game", message, namespace="/player", to=player_room(player_id))

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
