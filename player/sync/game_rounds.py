"""The rounds of games that this box refereed, on the disk until the server has them."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from media.wire.game_rounds import MOST_ROUNDS, RoundAnswer, RoundReport
from player.journal.journal import is_broken

logger = logging.getLogger(__name__)

MOST_STORED = 20_000
# A reported round stays for a while: the portal may request again who has won it.
REPORTED_STORED = 20
SCHEMA = """
CREATE TABLE IF NOT EXISTS round (
    screen TEXT NOT NULL, starts_ms INTEGER NOT NULL, report TEXT NOT NULL, reported INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (screen, starts_ms)
) WITHOUT ROWID;
"""
DROP = """
DELETE FROM round WHERE reported = ? AND starts_ms NOT IN
    (SELECT starts_ms FROM round WHERE reported = ? ORDER BY starts_ms DESC LIMIT ?)
"""


class RoundStore:
    """One file, synced at each change; each call has a connection of its own, so it is safe from any thread.

    A broken file is deleted: its rounds are lost to the report, and their prizes are elsewhere.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def store(self, report: RoundReport) -> RoundReport:
        """Returns the round of this screen and instant that was stored first.

        Raises sqlite3.Error if the disk takes nothing.
        """
        row = (report.screen, report.starts_ms, report.model_dump_json())
        with self._opened() as db, db:
            db.execute("INSERT OR IGNORE INTO round (screen, starts_ms, report) VALUES (?, ?, ?)", row)
            db.execute(DROP, (0, 0, MOST_STORED))
        return self.find(report.screen, report.starts_ms) or report

    def find(self, screen: str, starts_ms: int) -> RoundReport | None:
        with self._opened() as db:
            here = "SELECT report FROM round WHERE screen = ? AND starts_ms = ?"
            row = db.execute(here, (screen, starts_ms)).fetchone()
        return RoundReport.model_validate_json(row[0]) if row else None

    def unreported(self) -> list[RoundReport]:
        """Oldest first."""
        with self._opened() as db:
            query = "SELECT report FROM round WHERE reported = 0 ORDER BY starts_ms LIMIT ?"
            return [RoundReport.model_validate_json(report) for (report,) in db.execute(query, (MOST_ROUNDS,))]

    def settle(self, answers: Iterable[RoundAnswer]) -> int:
        """Rounds that the server has answered are reported no more; returns how many."""
        answered = [(answer.screen, answer.starts_ms) for answer in answers]
        with self._opened() as db, db:
            here = "UPDATE round SET reported = 1 WHERE screen = ? AND starts_ms = ? AND reported = 0"
            settled = db.executemany(here, answered).rowcount if answered else 0
            db.execute(DROP, (1, 1, REPORTED_STORED))
        return settled

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=10)) as db:
                db.execute("PRAGMA journal_mode = WAL")
                db.execute("PRAGMA synchronous = FULL")
                db.executescript(SCHEMA)
                yield db
        except sqlite3.DatabaseError as error:
            if is_broken(error):
                logger.error("rounds broken and deleted why=%s", error)
                for end in ("", "-wal", "-shm"):
                    self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            raise
