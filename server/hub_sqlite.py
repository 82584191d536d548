"""SQLite in the gevent hub: each call that may wait on the disk or on a lock runs in gevent's thread pool.

The pool has ten threads. Were ten writers to wait there for SQLite's lock, the one who holds it would find no thread
to go on in; so writers of this process wait for their turn as greenlets, and one at a time asks SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

BEGINS_WRITING = "BEGIN IMMEDIATE"

_turn = BoundedSemaphore(1)


def in_pool(call: Callable[..., Any], *args: Any) -> Any:
    return gevent.get_hub().threadpool.apply(call, args)


class HubCursor(sqlite3.Cursor):
    """The same cursor; other greenlets run while SQLite works."""

    connection: HubConnection

    def execute(self, *args: Any) -> Any:
        if args[0] == BEGINS_WRITING:
            self.connection.take_turn()
        return in_pool(super().execute, *args)

    def executemany(self, *args: Any) -> Any:
        return in_pool(super().executemany, *args)

    def fetchall(self) -> list[Any]:
        return list(in_pool(super().fetchall))


class HubConnection(sqlite3.Connection):
    """A connection whose cursors, commits and rollbacks leave the hub free."""

    has_turn = False

    def take_turn(self) -> None:
        """Wait until no other connection of this process writes."""
        _turn.acquire()
        self.has_turn = True

    def cursor(self, factory: type[sqlite3.Cursor] = HubCursor) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(factory)

    def commit(self) -> None:
        """The turn ends with the transaction; one that cannot be committed keeps it until its rollback."""
        in_pool(super().commit)
        self._end_turn()

    def rollback(self) -> None:
        try:
            in_pool(super().rollback)
        finally:
            self._end_turn()

    def close(self) -> None:
        super().close()
        self._end_turn()

    def _end_turn(self) -> None:
        if self.has_turn:
            self.has_turn = False
            _turn.release()
