"""The journal of plays: a row is on disk when a showing starts, finished at its end, deleted when acknowledged."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from media.wire.plays import Play, PlayAnswer, PlayResult

logger = logging.getLogger(__name__)

ROWS_KEPT = 300_000
ROWS_DROPPED = 1_000
BATCH = 500
ENDED_WITHOUT_WARNING = "the player stopped without warning"

SCHEMA = """
CREATE TABLE IF NOT EXISTS play (
    id TEXT PRIMARY KEY,
    open INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL,
    screen TEXT NOT NULL,
    starts_ms INTEGER NOT NULL,
    item TEXT NOT NULL,
    campaign TEXT,
    version INTEGER NOT NULL,
    began_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    result TEXT NOT NULL,
    why TEXT NOT NULL,
    phones INTEGER NOT NULL,
    phones_samples INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
"""
# Journals of an older version have no such column.
ADD_SAMPLES = "ALTER TABLE play ADD COLUMN phones_samples INTEGER NOT NULL DEFAULT 0"
# A row begins without a count of phones; those are known when it is finished.
INSERT = """
INSERT OR IGNORE INTO play
    (id, open, kind, screen, starts_ms, item, campaign, version, began_ms, ended_ms, result, why, phones)
VALUES (:id, 1, :kind, :screen, :starts_ms, :item, :campaign, :version, :began_ms, :ended_ms, :result, :why, :phones)
"""
FINISH = """
UPDATE play SET open = 0, ended_ms = max(began_ms, ?), result = ?, why = ?, phones = ?, phones_samples = ?
WHERE id = ? AND open = 1
"""
# Rows that were refused for a while go behind those that were never tried, or they would block the way for ever.
UNSENT = """
SELECT id, kind, screen, starts_ms, item, campaign, version, began_ms, ended_ms, result, why, phones, phones_samples
FROM play WHERE open = 0 ORDER BY tries, id LIMIT ?
"""


class BrokenJournal(sqlite3.DatabaseError):
    """The journal's pages contradict each other. It is set aside; a new one begins."""


class JournalClosed(sqlite3.OperationalError):
    """The journal cannot be opened while the disk is full. It is tried again."""


class Journal:
    """One file, safe to use from several threads. A broken file is set aside under another name, never deleted."""

    def __init__(self, path: Path, *, rows_kept: int = ROWS_KEPT) -> None:
        self.path = path
        self._rows_kept = rows_kept
        self._lock = threading.Lock()
        self._rows = 0
        self._db: sqlite3.Connection | None = None
        self._open()

    def begin(self, play: Play) -> None:
        """Written and synced as the showing starts: as an interrupted one, which it stays if nobody finishes it."""
        with self._changing() as db:
            self._rows += db.execute(INSERT, play.model_dump()).rowcount
            if self._rows > self._rows_kept:
                self._drop_oldest(db)

    def finish(
        self, play_id: str, *, ended_ms: int, result: PlayResult, why: str = "", phones: int = 0, samples: int = 0
    ) -> None:
        """phones, samples: the mean of so many counts of the phones present; 0 samples: not measured"""
        with self._changing() as db:
            db.execute(FINISH, (ended_ms, result, why, phones, samples, play_id))

    def still_on(self, now_ms: int) -> None:
        """The heartbeat: after a crash, the open showing lasted at least until here."""
        with self._changing() as db:
            db.execute("UPDATE play SET ended_ms = max(ended_ms, ?) WHERE open = 1", (now_ms,))

    def unsent(self, limit: int = BATCH) -> list[Play]:
        """Finished plays, oldest first; none while the file cannot be opened."""
        with self._lock:
            rows = self._db.execute(UNSENT, (limit,)).fetchall() if self._db is not None else []
        return [Play.model_validate(dict(row)) for row in rows]

    def waiting(self) -> int:
        return self._rows

    def settle(self, answers: Iterable[PlayAnswer]) -> int:
        """Delete what is acknowledged or refused for good, and say how many; the rest is sent again later."""
        gone: list[tuple[str]] = []
        later: list[tuple[str]] = []
        for answer in answers:
            (later if answer.status == "refused" and not answer.final else gone).append((answer.id,))
            if answer.status == "refused":
                logger.warning("play refused play=%s final=%s why=%s", answer.id, answer.final, answer.why)
        with self._changing() as db:
            # Ids of showings that are on, or that we never had, are none of the server's to settle.
            settled = db.executemany("DELETE FROM play WHERE id = ? AND open = 0", gone).rowcount if gone else 0
            db.executemany("UPDATE play SET tries = tries + 1 WHERE id = ?", later)
            self._rows -= settled
        return settled

    def close(self) -> None:
        with self._lock:
            if self._db is not None:
                self._db.close()

    def _open(self) -> None:
        """Open the file, or a new one if it is broken. A full disk is no reason not to start: it is tried again."""
        try:
            self._db = self._connect()
        except sqlite3.DatabaseError as error:
            if is_broken(error):
                self._db = self._set_aside(error)
            elif not is_full(error):
                raise
            else:
                logger.error("journal not opened why=%s", error)

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        db.row_factory = sqlite3.Row
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.executescript(SCHEMA)
            if "phones_samples" not in {column["name"] for column in db.execute("PRAGMA table_info(play)")}:
                db.execute(ADD_SAMPLES)
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise BrokenJournal(verdict)
            self._rows = _begin_anew(db)
        except BaseException:
            db.close()
            raise
        return db

    def _set_aside(self, error: sqlite3.Error) -> sqlite3.Connection:
        """Set a journal that cannot be read aside, for a later repair; plays go on in a new one."""
        aside = next(path for path in self._names_aside() if not path.exists())
        self.path.rename(aside)
        wal = self.path.with_name(self.path.name + "-wal")
        if wal.exists():
            wal.rename(aside.with_name(aside.name + "-wal"))
        self.path.with_name(self.path.name + "-shm").unlink(missing_ok=True)
        logger.error("journal broken and set aside as=%s why=%s", aside.name, error)
        return self._connect()

    def _names_aside(self) -> Iterator[Path]:
        return (self.path.with_name(f"{self.path.name}.broken-{number}") for number in count(1))

    def _drop_oldest(self, db: sqlite3.Connection) -> None:
        """House content goes first: nobody paid for it."""
        dropped = db.execute(
            "DELETE FROM play WHERE id IN (SELECT id FROM play WHERE open = 0 ORDER BY kind != 'house', id LIMIT ?)",
            (ROWS_DROPPED,),
        ).rowcount
        self._rows -= dropped
        logger.error("oldest plays dropped plays=%d because=journal_full rows=%d", dropped, self._rows_kept)

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, synced at its end. A broken file is set aside, and the change is reported as failed."""
        with self._lock:
            if self._db is None:
                self._open()
            if self._db is None:
                raise JournalClosed
            db, rows = self._db, self._rows
            try:
                db.execute("BEGIN IMMEDIATE")
                yield db
                db.execute("COMMIT")
            except BaseException as error:
                self._rows = rows
                self._undo(db, error)
                raise

    def _undo(self, db: sqlite3.Connection, error: BaseException) -> None:
        if db.in_transaction:
            db.execute("ROLLBACK")
        if isinstance(error, sqlite3.DatabaseError) and is_broken(error):
            db.close()
            self._db = self._set_aside(error)


def _begin_anew(db: sqlite3.Connection) -> int:
    """After a crash, what was open ended when it was last known to be on. Returns how many rows wait."""
    closed = db.execute(
        "UPDATE play SET open = 0, result = 'interrupted', why = ? WHERE open = 1", (ENDED_WITHOUT_WARNING,)
    ).rowcount
    if closed:
        logger.info("open plays closed after a crash plays=%d", closed)
    (rows,) = db.execute("SELECT count(*) FROM play").fetchone()
    return int(rows)


def is_full(error: sqlite3.Error) -> bool:
    """A full disk shows itself in many ways while a file is opened."""
    full = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM)
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in full


def is_broken(error: sqlite3.Error) -> bool:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return isinstance(error, BrokenJournal) or code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
