"""Names for phones outside the privileged unit: keyed hashes of their MAC, with a key that is thrown away each day.

A hash alone hides nothing, for all MACs can be tried (Conseil d'État, 8 February 2017, no. 393714). Without the day's
key nobody can compute a name or compare the names of two days, ourselves included.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from player.files import read_if_there, write_whole

logger = logging.getLogger(__name__)

KEY_BYTES = 32
NAME_CHARACTERS = 16
MOST_SEEN = 10_000  # a phone may invent as many MACs as it likes


class Pseudonyms:
    """The day's key, and how many visits the phones of today had. Both survive a restart, until the day ends.

    today: the local date; a clock that is set back by less than a day does not begin another
    """

    def __init__(self, file: Path, today: Callable[[], date]) -> None:
        self._file = file
        self._today = today
        self._day, self._key, self._seen = self._read() or (today(), secrets.token_bytes(KEY_BYTES), Counter[str]())

    def name_of(self, mac: str) -> str:
        self._turn()
        return hmac.digest(self._key, mac.encode(), hashlib.sha256).hex()[:NAME_CHARACTERS]

    def was_seen(self, name: str) -> bool:
        return name in self._seen

    def visits_of(self, name: str) -> int:
        """Visits and extensions of this phone today."""
        return self._seen[name]

    def see(self, name: str) -> None:
        """Remember that this phone had a visit today, or another one."""
        if name not in self._seen and len(self._seen) >= MOST_SEEN:
            return
        self._seen[name] += 1
        self._write()

    def _turn(self) -> None:
        today = self._today()
        if today > self._day or today < self._day - timedelta(days=1):
            self._day, self._key, self._seen = today, secrets.token_bytes(KEY_BYTES), Counter()
            self._write()

    def _read(self) -> tuple[date, bytes, Counter[str]] | None:
        try:
            stored = json.loads(read_if_there(self._file) or "{}")
            return (
                date.fromisoformat(stored["day"]),
                bytes.fromhex(stored["key"]),
                Counter({str(name): int(visits) for name, visits in dict(stored["seen"]).items()}),
            )
        except (ValueError, KeyError, TypeError):
            return None

    def _write(self) -> None:
        stored = {"day": self._day.isoformat(), "key": self._key.hex(), "seen": dict(sorted(self._seen.items()))}
        try:
            write_whole(self._file, json.dumps(stored).encode(), mode=0o600)
        except OSError as error:  # after a restart phones would have new names
            logger.warning("pseudonyms not written why=%s", error.strerror)
