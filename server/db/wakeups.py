"""Waiting for rows that another process wrote: NOTIFY on PostgreSQL, a poll every 100 ms on SQLite."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import Engine

logger = logging.getLogger(__name__)

POLL_EVERY_S = 0.1
LISTEN_AT_MOST_S = 5.0


class Wakeups:
    """`wait()` returns when there may be something to do, and no later than after a few seconds."""

    def __init__(
        self,
        engine: Engine,
        channel: str,
        *,
        sleep: Callable[[float], Any] = time.sleep,
        at_most_s: float = LISTEN_AT_MOST_S,
    ) -> None:
        self.engine = engine
        self.channel = channel
        self.sleep = sleep
        self.at_most_s = at_most_s
        self.listener: psycopg.Connection[Any] | None = None

    def wait(self) -> None:
        if self.engine.dialect.name == "sqlite":
            self.sleep(POLL_EVERY_S)
            return
        try:
            self._listen()
        except psycopg.Error as error:
            logger.warning("listening failed channel=%s why=%s", self.channel, type(error).__name__)
            self.close()
            self.sleep(1.0)

    def _listen(self) -> None:
        """The first call returns at once: rows may have been written before it listened."""
        if self.listener is None:
            self.listener = self._connect()
            return
        for _ in self.listener.notifies(timeout=self.at_most_s, stop_after=1):
            return

    def _connect(self) -> psycopg.Connection[Any]:
        url = self.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        listener = psycopg.connect(url, autocommit=True)
        listener.execute(f"LISTEN {self.channel}")
        return listener

    def close(self) -> None:
        if self.listener is not None:
            self.listener.close()
            self.listener = None
