"""Writes the journal on a thread of its own, so that a slow card never holds up the screen."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from functools import partial

from media.wire.plays import Play, PlayResult
from player.journal.journal import Journal

logger = logging.getLogger(__name__)

CHANGES_KEPT = 20_000  # a day or so of showings while the disk takes nothing
RETRY_S = 5.0

Change = Callable[[], None]


class JournalWriter:
    """Writes changes in the order of the calls; those that the disk refuses wait in memory and are tried again."""

    def __init__(self, journal: Journal, *, retry_s: float = RETRY_S) -> None:
        self._journal = journal
        self._retry_s = retry_s
        self._changes: deque[Change] = deque()
        self._condition = threading.Condition()
        self._stopping = False
        self._trouble = ""
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)

    @property
    def trouble(self) -> str:
        """Why nothing can be written, or nothing."""
        return self._trouble

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, then end."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join(timeout=10)

    def begin(self, play: Play) -> None:
        self._tell(partial(self._journal.begin, play))

    def finish(
        self, play_id: str, *, ended_ms: int, result: PlayResult, why: str = "", phones: int = 0, samples: int = 0
    ) -> None:
        finish = partial(self._journal.finish, play_id, ended_ms=ended_ms, result=result, why=why)
        self._tell(partial(finish, phones=phones, samples=samples))

    def still_on(self, now_ms: int) -> None:
        if not self._trouble:
            self._tell(partial(self._journal.still_on, now_ms))

    def _tell(self, change: Change) -> None:
        with self._condition:
            if len(self._changes) >= CHANGES_KEPT:
                self._changes.popleft()
                logger.error("journal change lost because=memory_full changes=%d", CHANGES_KEPT)
            self._changes.append(change)
            self._condition.notify()

    def _run(self) -> None:
        while self._write_next():
            pass

    def _write_next(self) -> bool:
        """One change from the head of the line; False when there is nothing more to do, ever."""
        with self._condition:
            self._condition.wait_for(lambda: self._changes or self._stopping)
            if not self._changes:
                return False
            change = self._changes.popleft()
        if self._wrote(change):
            return True
        with self._condition:
            self._changes.appendleft(change)
            self._condition.wait_for(lambda: self._stopping, timeout=self._retry_s)
            return not self._stopping

    def _wrote(self, change: Change) -> bool:
        try:
            change()
        except (sqlite3.Error, OSError) as error:
            if not self._trouble:
                logger.error("journal refused a change why=%s", error)
            self._trouble = str(error)
            return False
        if self._trouble:
            logger.info("journal writes again")
        self._trouble = ""
        return True
