"""The memory of phones that agreed to it: the items that each has seen, and the shops of its coupons."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from player.portal.consent.consents import Purpose
from player.portal.one_table import open_table

logger = logging.getLogger(__name__)

STORED_FOR = timedelta(days=90)
MOST_ROWS = 100_000  # a phone may invent tokens; the oldest rows go
MOST_VALUES = 200  # of one phone and purpose
TABLE = """CREATE TABLE IF NOT EXISTS remembered (
    phone TEXT NOT NULL, purpose TEXT NOT NULL, value TEXT NOT NULL, noted_at TEXT NOT NULL,
    PRIMARY KEY (phone, purpose, value)
)"""


class RememberedPhones:
    """By purpose: of OFFERS the names of shops, of RETURNS the ids of items. A phone is the hash of its random token.

    A disk that takes nothing, or cannot be read, is as if nothing was noted. Each call has a connection of its own.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def note(self, token: str, purpose: Purpose, values: Iterable[str], *, now: datetime) -> None:
        """Add these to what is remembered. Only for a phone that agreed to the purpose."""
        rows = [(_phone(token), purpose, value, now.isoformat()) for value in list(values)[:MOST_VALUES]]
        try:
            with closing(open_table(self._file, TABLE)) as db, db:
                db.executemany("INSERT OR REPLACE INTO remembered VALUES (?, ?, ?, ?)", rows)
                db.execute("DELETE FROM remembered WHERE noted_at < ?", ((now - STORED_FOR).isoformat(),))
                db.execute(
                    "DELETE FROM remembered WHERE rowid <= (SELECT max(rowid) FROM remembered) - ?", (MOST_ROWS,)
                )
        except sqlite3.Error as error:
            logger.warning("not remembered why=%s", error)

    def values_of(self, token: str, purpose: Purpose, *, now: datetime) -> frozenset[str]:
        query = "SELECT value FROM remembered WHERE phone = ? AND purpose = ? AND noted_at >= ?"
        try:
            with closing(open_table(self._file, TABLE)) as db:
                found = db.execute(query, (_phone(token), purpose, (now - STORED_FOR).isoformat())).fetchall()
        except sqlite3.Error as error:
            logger.warning("remembered phones not read why=%s", error)
            return frozenset()
        return frozenset(value for (value,) in found)

    def forget(self, token: str, purposes: Collection[Purpose]) -> None:
        """Delete the notes for these purposes: they end with the consent to them."""
        if not self._file.exists():
            return
        rows = [(_phone(token), purpose) for purpose in purposes]
        try:
            with closing(open_table(self._file, TABLE)) as db, db:
                db.executemany("DELETE FROM remembered WHERE phone = ? AND purpose = ?", rows)
        except sqlite3.Error as error:
            logger.warning("not forgotten why=%s", error)


def _phone(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
