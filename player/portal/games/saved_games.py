"""The games that run on this box, on its disk, so that a portal that was killed goes on with them."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from media.wire.games import GameRules
from player.portal.one_table import open_table

logger = logging.getLogger(__name__)

TABLE = "CREATE TABLE IF NOT EXISTS game (starts_ms INTEGER PRIMARY KEY, game TEXT NOT NULL)"


class SavedGame(BaseModel):
    """A game as it was last saved.

    screen, item, version: of the timeline that it is from · offer: its prize; empty if it has none
    seed: as hexadecimal digits · snapshot: the referee's memory
    """

    model_config = ConfigDict(frozen=True)

    screen: str
    item: str
    version: int
    starts_ms: int
    length_ms: int
    rules: GameRules
    offer: str
    seed: str
    snapshot: str = ""


class SavedGames:
    """Each call has a connection of its own. A disk that takes nothing costs no game; only a restart would end it.

    The write-ahead log is not synced at each save: it outlives the process. After a power cut no game goes on.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def save(self, game: SavedGame) -> None:
        try:
            with closing(self._opened()) as db, db:
                db.execute("INSERT OR REPLACE INTO game VALUES (?, ?)", (game.starts_ms, game.model_dump_json()))
        except sqlite3.Error as error:
            logger.warning("game not saved why=%s", error)

    def all(self) -> list[SavedGame]:
        """Those that were not removed; none of a file that cannot be read, which is deleted."""
        try:
            with closing(self._opened()) as db:
                rows = db.execute("SELECT game FROM game ORDER BY starts_ms").fetchall()
            return [SavedGame.model_validate_json(game) for (game,) in rows]
        except (sqlite3.Error, ValidationError) as error:
            logger.warning("saved games not read why=%s", error)
            if not isinstance(error, sqlite3.OperationalError):
                self._file.unlink(missing_ok=True)
            return []

    def remove(self, starts_ms: int) -> None:
        try:
            with closing(self._opened()) as db, db:
                db.execute("DELETE FROM game WHERE starts_ms = ?", (starts_ms,))
        except sqlite3.Error as error:
            logger.warning("game not removed why=%s", error)

    def _opened(self) -> sqlite3.Connection:
        db = open_table(self._file, TABLE)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = NORMAL")
        return db
