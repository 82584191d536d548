"""Which items can be shown: their media are here, and the display has not just failed with them."""

from __future__ import annotations

from pathlib import Path

from media.wire import Item
from player.cache import Cache
from player.clock import Clock

SICK_NS = 60 * 10**9


class ItemLibrary:
    """The showing loop's view of the cache. Used by one thread."""

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._sick: dict[str, tuple[int, str]] = {}

    def usable(self, item: Item) -> str:
        """Why it cannot be shown; empty if it can."""
        until_ns, why = self._sick.get(item.screen.digest, (0, ""))
        if self._clock.now_ns() < until_ns:
            return f"{item.id} could not be shown: {why}"
        return "" if self._cache.holds(item.screen.digest) else f"{item.id} is not here"

    def path(self, item: Item) -> Path:
        return self._cache.path(item.screen.digest)

    def doubt(self, item: Item, why: str) -> None:
        """Not again for a minute; meanwhile its file is read and, if damaged, fetched anew."""
        self._sick[item.screen.digest] = (self._clock.now_ns() + SICK_NS, why)
        self._cache.doubt(item.screen.digest)
