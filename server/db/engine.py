"""The engine of a process: SQLite in WAL mode or PostgreSQL, with the limits on connections and on waiting."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import Engine, create_engine, event

from server.db.write_queue import Slots, WriteQueue, install_queue

PATIENCE_S = 30.0
REQUEST_PATIENCE_S = 2.5  # twice this is less than a phone waits for its answer
STATEMENT_S = 60
IDLE_S = 600  # a frozen process gives its locks back in the end
POOL: dict[str, Any] = {"pool_size": 10, "pool_timeout": 10.0, "hide_parameters": True}
POSTGRES_OVERFLOW, SQLITE_OVERFLOW = 20, 5
POSTGRES_WRITERS = 10  # the other two thirds of the connections are the readers'


@dataclass(frozen=True)
class Concurrency:
    """How a process runs several requests at once: how SQLite is called, and how writers wait for each other."""

    connection: type[sqlite3.Connection]
    semaphore: Callable[[int], Slots]


THREADS = Concurrency(sqlite3.Connection, BoundedSemaphore)


def make_engine(
    url: str,
    *,
    concurrency: Concurrency = THREADS,
    patience_s: float = PATIENCE_S,
    statement_s: float | None = None,
) -> Engine:
    """The one engine of a process.

    concurrency: `gevent_sqlite.GREENLETS` inside the gevent hub
    patience_s: how long a writer waits for its turn, and then for a lock, before it gives up
    statement_s: how long one statement may take on PostgreSQL

    Errors are logged with their statement but without its parameters, which hold what people typed.
    """
    if url.startswith("sqlite"):
        engine, writers = _make_sqlite(url, patience_s=patience_s, concurrency=concurrency), 1
    else:
        engine, writers = _make_postgres(url, patience_s=patience_s, statement_s=statement_s), POSTGRES_WRITERS
    slots, contended = (concurrency.semaphore(count) for count in (writers, max(1, writers // 2)))
    install_queue(engine, WriteQueue(slots, contended, patience_s=patience_s))
    return engine


def make_request_engine(url: str, *, concurrency: Concurrency = THREADS) -> Engine:
    """The engine of a process that answers requests: it gives up after some seconds, so that the client can retry."""
    return make_engine(url, concurrency=concurrency, patience_s=REQUEST_PATIENCE_S, statement_s=STATEMENT_S)


def _make_postgres(url: str, *, patience_s: float, statement_s: float | None) -> Engine:
    limits_s = {
        "lock_timeout": patience_s,
        "statement_timeout": statement_s or 0,
        "idle_in_transaction_session_timeout": IDLE_S,
    }
    session = " ".join(f"-c {name}={seconds * 1000:.0f}" for name, seconds in limits_s.items())
    connect_args = {"options": session, "connect_timeout": max(2, round(patience_s))}
    return create_engine(url, max_overflow=POSTGRES_OVERFLOW, pool_pre_ping=True, connect_args=connect_args, **POOL)


def _make_sqlite(url: str, *, patience_s: float, concurrency: Concurrency) -> Engine:
    connect_args: dict[str, Any] = {
        "timeout": patience_s,
        "check_same_thread": False,
        "factory": concurrency.connection,
    }
    engine = create_engine(url, max_overflow=SQLITE_OVERFLOW, connect_args=connect_args, **POOL)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """The driver has set `busy_timeout` by its `timeout`."""
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "journal_size_limit=67108864"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Any) -> None:
    """A writer takes its lock at once: a reader that becomes a writer half-way could only fail."""
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
