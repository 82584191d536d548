"""SQLite in the gevent hub: short statements run in the hub itself, long ones in gevent's thread pool.

A call in the pool costs two thread switches, and its greenlet goes on only when the hub comes to it. While the hub is
busy that takes a tenth of a second, for every statement: a claim of twelve statements held the write lock for seconds,
and a server that was overloaded once never got out of it. So a writing transaction never leaves the hub while it holds
the lock. Its statements are short (they find rows by a key), and its commit only appends to the write-ahead log, which
is synced by checkpoints. With the commit alone in the pool, the next writer would look for the lock once in each turn
of the hub: an overloaded server wrote ten times a second. Reading sessions use the pool, because a report may scan a
table, unless their caller says that they are brief.

Nothing here waits for a lock inside SQLite: a greenlet that finds the file locked sleeps and tries again.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent
import sqlalchemy

from server.db.engine import Use

LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_BUSY_RECOVERY}
LOOK_AGAIN_S = 0.002
BRIEF_ROWS = 1000  # as many as a box reports plays at once: about 10 ms
CACHED_KB = 512  # a claim reads some thirty pages of 4 kB, and the system caches the file for all twenty connections
CHECKPOINT_EVERY = 200  # commits of one connection; the log stays some megabytes large


def in_pool(call: Callable[..., Any], *args: Any) -> Any:
    """The call's result. A greenlet that is killed meanwhile ends after the call.

    The killed greenlet closes its connection next. Under a call that still runs, that is a crash of the
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


class HubSqliteConnection(sqlite3.Connection):
    """A connection to SQLite for greenlets. `brief`: its statements are short, and run in the hub.

    timeout: how many seconds a greenlet waits for a lock of another process
    """

    def __init__(self, *args: Any, timeout: float, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "timeout": 0})
        self.patience_s = timeout
        self.brief = True
        self._commits = 0
        for setting in ("wal_autocheckpoint = 0", f"cache_size = -{CACHED_KB}"):  # see `commit`
            self._plain_cursor().execute(f"PRAGMA {setting}").close()

    def cursor(self, factory: type[sqlite3.Cursor] | None = None) -> sqlite3.Cursor:  # type: ignore[override]
        return super().cursor(factory or HubCursor)

    def call(self, call: Callable[..., Any], *args: Any) -> Any:
        """The result of a call of SQLite; waits while another process has the file locked."""
        give_up_at = time.monotonic() + self.patience_s
        while True:
            try:
                return call(*args) if self.brief else in_pool(call, *args)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode not in LOCKED or time.monotonic() >= give_up_at:
                    raise
            gevent.sleep(LOOK_AGAIN_S)

    def commit(self) -> None:
        """Appends to the log. Copying the log into the file waits for the disk, so that is done in the pool."""
        super().commit()
        self._commits += 1
        if self._commits % CHECKPOINT_EVERY == 0:
            in_pool(self._plain_cursor().execute, "PRAGMA wal_checkpoint(PASSIVE)").close()

    def _plain_cursor(self) -> sqlite3.Cursor:
        return super().cursor(sqlite3.Cursor)


class HubCursor(sqlite3.Cursor):
    """Runs each statement where its connection says; very many rows at once are written in the pool in any case."""

    connection: HubSqliteConnection

    def execute(self, *args: Any) -> Any:
        return self.connection.call(super().execute, *args)

    def executemany(self, statement: str, rows: Any) -> Any:
        if isinstance(rows, list) and len(rows) <= BRIEF_ROWS:
            return self.connection.call(super().executemany, statement, rows)
        return in_pool(super().executemany, statement, rows)

    def fetchall(self) -> list[Any]:
        return list(self.connection.call(super().fetchall))


def begin(connection: sqlalchemy.Connection, use: Use) -> None:
    """Begins a transaction. A writer goes on as soon as the lock is taken."""
    driver: Any = connection.connection.dbapi_connection
    driver.brief = True
    connection.exec_driver_sql("BEGIN IMMEDIATE" if use is Use.WRITE else "BEGIN")
    driver.brief = use is not Use.READ
