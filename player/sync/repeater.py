"""Work that is done again and again on a thread of its own: what hangs in one holds up no other."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

from player.sync.link import NotEnrolled, ServerAway, TooOften

logger = logging.getLogger(__name__)

JITTER = 0.1
BACK_OFF = 2  # a server that is away gets up to so many times fewer requests


class Reach:
    """Is the server there? Calls `on_back` once when it is back, whichever round notices first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._away: str | None = None
        self.on_back: list[Callable[[], None]] = []

    @property
    def why_away(self) -> str:
        return self._away or ""

    def is_away(self, why: str) -> None:
        with self._lock:
            changed, self._away = self._away is None, why
        if changed:
            logger.warning("server away why=%s", why)

    def is_back(self) -> None:
        with self._lock:
            changed, self._away = self._away is not None, None
        if changed:
            logger.info("server back")
            for call in self.on_back:
                call()


class Repeater:
    """Calls `work` every so often, a little unevenly so that boxes do not march in step, and when woken."""

    def __init__(self, name: str, work: Callable[[], None], *, every_s: Callable[[], float], reach: Reach) -> None:
        self._name = name
        self._work = work
        self._every_s = every_s
        self._reach = reach
        self._failures = 0
        self._wait_s = 0.0  # how long the server said to wait
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._wake.set()

    def stop(self) -> None:
        """A request that hangs is not waited for: it dies with the process."""
        self._stopped.set()
        self._wake.set()
        self._thread.join(timeout=1)

    def once(self) -> None:
        """One round; a failure is logged, and the next round tries again."""
        self._wait_s = 0.0
        try:
            self._work()
        except TooOften as error:
            self._wait_s = error.wait_s
            logger.warning("server wants a pause at=%s seconds=%.0f", self._name, error.wait_s)
        except ServerAway as error:
            self._failures += 1
            self._reach.is_away(str(error))
        except NotEnrolled as error:
            self._failures += 1
            logger.info("not enrolled at=%s why=%s", self._name, error)
        except Exception:  # a fault in one round must not end all rounds
            self._failures += 1
            logger.exception("round failed at=%s", self._name)
        else:
            self._failures = 0

    def _run(self) -> None:
        while not self._stopped.wait(self._wait_s):  # what wakes a round does not cut that short
            self._wake.clear()
            self.once()
            self._wake.wait(self.pause_s())

    def pause_s(self) -> float:
        longer = min(2**self._failures, BACK_OFF) if self._failures else 1
        return self._every_s() * longer * random.uniform(1 - JITTER, 1 + JITTER)
