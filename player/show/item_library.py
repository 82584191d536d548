"""Which items can be shown: their media are here, and the display has not just failed with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from media.wire.timeline import Item
from player.sync.cache import Cache
from player.sync.clock import Clock

BAR_NS = 60 * 10**9
URGENT_BAR_NS = 3 * 10**9  # an emergency is tried again and again; what stands in for it plays on meanwhile


@dataclass(frozen=True)
class Failure:
    """An item whose file the display could not show, and why."""

    item: Item
    why: str
    at_ns: int


class ItemLibrary:
    """The showing loop's view of the cache. Used by one thread; `failures` may be read by any."""

    def __init__(self, cache: Cache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._failures: dict[str, Failure] = {}

    def usable(self, item: Item, *, urgent: bool = False) -> str:
        """Why it cannot be shown; empty if it can. An urgent item is barred for seconds, others for a minute."""
        failure = self._failures.get(item.screen.digest)
        bar_ns = URGENT_BAR_NS if urgent else BAR_NS
        if failure is not None and self._clock.now_ns() - failure.at_ns < bar_ns:
            return f"{item.id} could not be shown: {failure.why}"
        return "" if self._cache.holds(item.screen.digest) else f"{item.id} is not here"

    def path(self, item: Item) -> Path:
        return self._cache.path(item.screen.digest)

    def fail(self, item: Item, why: str) -> None:
        """Its file is at fault: it is read again and, if damaged, fetched anew."""
        self._failures[item.screen.digest] = Failure(item, why, self._clock.now_ns())
        self._cache.doubt(item.screen.digest)

    def failures(self) -> list[Failure]:
        """The items that are barred now."""
        since_ns = self._clock.now_ns() - BAR_NS
        return [failure for failure in list(self._failures.values()) if failure.at_ns > since_ns]
