"""Can this server write? Tried for real, at most every few seconds however often it is asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock

from sqlalchemy import Engine, text

from media.store import MediaStore
from server import db as database
from server.db import OutboxRow, reading, utc_now
from server.db.errors import DATABASE_ERRORS
from server.http.off_hub import off_hub
from server.runtime.disk import is_disk_full

logger = logging.getLogger(__name__)

CACHED_S = 5.0
WRITTEN_BYTES = 64 << 10  # more than what a full disk may have left in a page that is half empty

NO_TABLES = "The database does not answer, or has no tables. See LIFTCAST_DATABASE_URL, and run the migrations."
NO_WRITES = "The database takes no writes. See its log, and LIFTCAST_DATABASE_URL."
NO_FILES = "The media folder cannot be written. See LIFTCAST_DATA_DIR."
FULL = "The disk of the {part} is full. Free space on it, or move the {part} to a larger one."


class Readiness:
    """The faults of the database and the media folder at their last check."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._tried_at = float("-inf")
        self._troubles: list[str] = []
        self._lock = Lock()

    def troubles(self, engine: Engine, store: MediaStore) -> list[str]:
        """Empty when both can be written. While one request tries, others get what was found before."""
        due = self._clock() - self._tried_at >= CACHED_S
        if due and self._lock.acquire(blocking=self._tried_at == float("-inf")):
            try:
                found = (database_trouble(engine), off_hub(files_trouble, store))
                self._troubles = [trouble for trouble in found if trouble]
                self._tried_at = self._clock()
            finally:
                self._lock.release()
        return self._troubles


def database_trouble(engine: Engine) -> str:
    """Write a row and take it back in one transaction: nobody else ever sees it, but the disk has to hold it."""
    try:
        with reading(engine) as db:
            db.connection().execute(text("SELECT 1 FROM job WHERE 1 = 0"))
    except DATABASE_ERRORS:
        return NO_TABLES
    try:
        with database.transaction(engine) as db:
            row = OutboxRow(topic="ready", target="", message={"filler": "x" * WRITTEN_BYTES}, created_at=utc_now())
            db.add(row)
            db.flush()
            db.delete(row)
    except DATABASE_ERRORS as error:
        logger.warning("database takes no writes why=%s", getattr(error, "orig", error))
        return FULL.format(part="database") if is_disk_full(error) else NO_WRITES
    return ""


def files_trouble(store: MediaStore) -> str:
    try:
        store.try_write(WRITTEN_BYTES)
    except OSError as error:
        logger.warning("media folder takes no writes why=%s", error.strerror)
        return FULL.format(part="media folder") if is_disk_full(error) else NO_FILES
    return ""
