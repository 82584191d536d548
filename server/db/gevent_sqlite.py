"""SQLite in the gevent hub: each call that may wait on the disk or on a lock runs in gevent's thread pool.

The pool has ten threads. Ten writers that wait there for SQLite's lock would leave no thread to other calls. So
writers of this process wait for their turn as greenlets (server/db/write_queue.py), and one at a time calls SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

from server.db.engine import Concurrency


def in_pool(call: Callable[..., Any], *args: Any) -> Any:
    """The call's result. A greenlet that is killed meanwhile ends after the call.

    What the killed greenlet does next is to close its connection. Under a call that still runs, that is a crash of the
    whole process.
    """
    outcome = gevent.get_hub().threadpool.spawn(_outcome_of, call, args)
    try:
        value, error = outcome.get()
    finally:
        while not outcome.ready():
            with suppress(gevent.GreenletExit):
                outcome.wait()
    if error is not None:
        raise error
    return value


def _outcome_of(call: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, BaseException | None]:
    """gevent prints an error that leaves its thread; this one is for the caller, which may expect it."""
    try:
        return call(*args), None
    except BaseException as error:
        return None, error


class HubCursor(sqlite3.Cursor):
    """The same cursor; other greenlets run while SQLite works."""

    def execute(self, *args: Any) -> Any:
        return in_pool(super().execute, *args)

    def executemany(self, *args: Any) -> Any:
        return in_pool(super().executemany, *args)

    def fetchall(self) -> list[Any]:
        return list(in_pool(super().fetchall))


class HubConnection(sqlite3.Connection):
    """A connection whose cursors, commits and rollbacks leave the hub free."""

    def cursor(self, factory: type[sqlite3.Cursor] = HubCursor) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(factory)

    def commit(self) -> None:
        in_pool(super().commit)

    def rollback(self) -> None:
        in_pool(super().rollback)


GREENLETS = Concurrency(HubConnection, BoundedSemaphore)
