"""The log of phones' consents: given and taken back for each purpose by itself, apart from going online."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

logger = logging.getLogger(__name__)

STORED_FOR = timedelta(days=400)  # as long as a phone's token
MOST_ROWS = 100_000  # a phone may invent tokens; the oldest rows go
TABLE = """CREATE TABLE IF NOT EXISTS consent (
    id INTEGER PRIMARY KEY, phone TEXT NOT NULL, purpose TEXT NOT NULL, given INTEGER NOT NULL, terms TEXT NOT NULL,
    language TEXT NOT NULL, chosen_at TEXT NOT NULL
)"""
INSERT = "INSERT INTO consent (phone, purpose, given, terms, language, chosen_at) VALUES (?, ?, ?, ?, ?, ?)"
TERMS_VERSION = "2026-11-30.2"  # of portal/words.json: changes with each change of its terms


class Purpose(StrEnum):
    """A purpose that a phone can agree to beside the terms of the network."""

    OFFERS = "offers"
    RETURNS = "returns"


class ConsentLog:
    """One row for each time a phone chose. A phone is the hash of its random token; the file holds no address.

    A disk that takes nothing keeps nobody offline: a choice that cannot be written counts as not made. Each call has a
    connection of its own, so it is safe from any thread.
    """

    def __init__(self, file: Path) -> None:
        self._file = file

    def record(self, token: str, choices: Mapping[Purpose, bool], *, language: str, now: datetime) -> bool:
        """Records the choices that differ from those before; refusing what was never agreed to leaves no row.

        Returns whether the file holds the choices now.
        """
        before = self.choices_of(token)
        changed = [(purpose, given) for purpose, given in choices.items() if given != before[purpose]]
        rows = [(_phone(token), purpose, given, TERMS_VERSION, language, now.isoformat()) for purpose, given in changed]
        try:
            with closing(self._opened()) as db, db:
                db.executemany(INSERT, rows)
                db.execute("DELETE FROM consent WHERE chosen_at < ?", ((now - STORED_FOR).isoformat(),))
                db.execute("DELETE FROM consent WHERE id <= (SELECT max(id) FROM consent) - ?", (MOST_ROWS,))
        except sqlite3.Error as error:
            logger.warning("choices not written why=%s", error)
            return False
        return True

    def choices_of(self, token: str) -> dict[Purpose, bool]:
        """The last choice for each purpose; not agreed to where there is none, or where it cannot be read."""
        query = "SELECT purpose, given FROM consent WHERE phone = ? ORDER BY id"
        try:
            with closing(self._opened()) as db:
                rows = dict(db.execute(query, (_phone(token),)).fetchall())
        except sqlite3.Error as error:
            logger.warning("choices not read why=%s", error)
            rows = {}
        return {purpose: bool(rows.get(purpose)) for purpose in Purpose}

    def _opened(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._file)
        try:
            db.execute(TABLE)
            db.execute("CREATE INDEX IF NOT EXISTS consent_of_phone ON consent (phone, id)")
        except sqlite3.Error:
            db.close()
            raise
        return db


def _phone(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
