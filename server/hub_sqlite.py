"""SQLite in the gevent hub: each call that may wait on the disk or on a lock runs in gevent's thread pool."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import gevent


def in_pool(call: Callable[..., Any], *args: Any) -> Any:
    return gevent.get_hub().threadpool.apply(call, args)


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
