"""What phones agreed to, and when they took it back: for each purpose by itself, apart from going online."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

STORED_FOR = timedelta(days=400)  # as long as a phone's token
MOST_ROWS = 100_000  # a phone may invent tokens; the oldest rows go
TERMS_VERSION = "2026-11-30"  # of portal/words.json: changes with each change of its terms


class Purpose(StrEnum):
    """What a phone can agree to beside the terms of the network."""

    OFFERS = "offers"
    RETURNS = "returns"


class ConsentLog:
    """One row for each time a phone chose. A phone is the hash of its random token; the file holds no address.

    Safe to call from any thread.
    """

    def __init__(self, file: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS consent (id INTEGER PRIMARY KEY, phone TEXT NOT NULL, purpose TEXT NOT NULL,"
            " given INTEGER NOT NULL, terms TEXT NOT NULL, language TEXT NOT NULL, chosen_at TEXT NOT NULL)"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS consent_of_phone ON consent (phone, id)")

    def record(self, token: str, choices: Mapping[Purpose, bool], *, language: str, now: datetime) -> None:
        """Records the choices that differ from those before; refusing what was never agreed to leaves no row."""
        before = self.choices_of(token)
        changed = {purpose: given for purpose, given in choices.items() if given != before[purpose]}
        with self._lock:
            for purpose, given in changed.items():
                self._db.execute(
                    "INSERT INTO consent (phone, purpose, given, terms, language, chosen_at) VALUES (?, ?, ?, ?, ?, ?)",
                    (_phone(token), purpose, given, TERMS_VERSION, language, now.isoformat()),
                )
            if changed:
                self._prune(now)

    def choices_of(self, token: str) -> dict[Purpose, bool]:
        """The last choice for each purpose; not agreed to where there is none."""
        query = "SELECT purpose, given FROM consent WHERE phone = ? ORDER BY id"
        with self._lock:
            rows = dict(self._db.execute(query, (_phone(token),)).fetchall())
        return {purpose: bool(rows.get(purpose)) for purpose in Purpose}

    def close(self) -> None:
        self._db.close()

    def _prune(self, now: datetime) -> None:
        self._db.execute("DELETE FROM consent WHERE chosen_at < ?", ((now - STORED_FOR).isoformat(),))
        self._db.execute("DELETE FROM consent WHERE id <= (SELECT max(id) FROM consent) - ?", (MOST_ROWS,))


def _phone(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
