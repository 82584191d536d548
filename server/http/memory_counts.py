"""Counts of tries in this process's memory.

The library's own MemoryStorage looks through all its keys a hundredth of a second after each count: with 100,000 keys,
as one client makes them in a minute, that held the hub for 80 ms many times a second.
"""

from __future__ import annotations

import time
from threading import Lock

from limits.storage import Storage

FORGET_EVERY_S = 10.0


class MemoryCounts(Storage):
    """Fixed windows only. A count is forgotten when its window has ended; the look for those is rare."""

    STORAGE_SCHEME = None  # made here, and never by an address

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # by key: how many, and until when (seconds since 1970)
        self._forget_at = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """The first of a window starts it; `expiry`: its length in seconds."""
        now = time.time()
        with self._lock:
            self._forget_ended(now)
            count, until = self._current(key, now)
            count += amount
            self._counts[key] = count, now + expiry if count == amount else until
            return count

    def get(self, key: str) -> int:
        return self._current(key, time.time())[0]

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970."""
        return self._current(key, time.time())[1]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        number = len(self._counts)
        self._counts.clear()
        return number

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)

    def _current(self, key: str, now: float) -> tuple[int, float]:
        count, until = self._counts.get(key, (0, now))
        return (count, until) if until > now else (0, now)

    def _forget_ended(self, now: float) -> None:
        if now < self._forget_at <= now + FORGET_EVERY_S:  # also after a clock that went back
            return
        for key in [key for key, (_count, until) in self._counts.items() if until <= now]:
            del self._counts[key]
        self._forget_at = now + FORGET_EVERY_S
