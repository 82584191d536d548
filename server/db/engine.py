"""The engine of a process: SQLite in WAL mode or PostgreSQL, with the limits on connections and on waiting."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from threading import BoundedSemaphore
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from server.db.write_queue import Slots, WriteQueue, install_queue

PATIENCE_S = 30.0
REQUEST_PATIENCE_S = 2.5  # twice this is less than a phone waits for its answer
STATEMENT_S = 60
IDLE_S = 600  # a frozen process gives its locks back in the end
POSTGRES_CONNECTIONS, SQLITE_CONNECTIONS = 30, 20
PING_AFTER_S = 5.0
POSTGRES_WRITERS = 10  # the other two thirds of the connections are the readers'


class Use(Enum):
    """The purpose of a transaction. A brief reading finds a few rows by an index."""

    WRITE = auto()
    READ = auto()
    READ_BRIEFLY = auto()


@dataclass(frozen=True)
class Concurrency:
    """How a process runs several requests at once: how writers wait for each other, and how databases are called.

    begin: begins a transaction on SQLite
    sqlite_writers: how many may hold a connection at once, of which one has the lock
    connect_postgres: makes a connection from the driver's arguments; None: the driver's own
    """

    semaphore: Callable[[int], Slots]
    connection: type[sqlite3.Connection]
    begin: Callable[[Connection, Use], None]
    sqlite_writers: int
    connect_postgres: Callable[..., Any] | None = None


def _begin_in_thread(connection: Connection, use: Use) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if use is Use.WRITE else "BEGIN")


THREADS = Concurrency(BoundedSemaphore, sqlite3.Connection, _begin_in_thread, sqlite_writers=1)


def make_engine(
    url: str,
    *,
    concurrency: Concurrency = THREADS,
    patience_s: float = PATIENCE_S,
    statement_s: float | None = None,
) -> Engine:
    """The one engine of a process.

    concurrency: `greenlets.GREENLETS` inside the gevent hub
    patience_s: how long a writer waits for its turn, then for a connection, then for a lock, before it gives up
    statement_s: how long one statement may take on PostgreSQL

    Errors are logged with their statement but without its parameters, which hold what people typed.
    """
    if url.startswith("sqlite"):
        engine = _make_sqlite(url, patience_s=patience_s, concurrency=concurrency)
        writers = concurrency.sqlite_writers
    else:
        engine = _make_postgres(url, patience_s=patience_s, statement_s=statement_s, concurrency=concurrency)
        writers = POSTGRES_WRITERS
    slots, contended = (concurrency.semaphore(count) for count in (writers, max(1, writers // 2)))
    install_queue(engine, WriteQueue(slots, contended, patience_s=patience_s))
    return engine


def make_request_engine(url: str, *, concurrency: Concurrency = THREADS) -> Engine:
    """The engine of a process that answers requests: it gives up after some seconds, so that the client can retry."""
    return make_engine(url, concurrency=concurrency, patience_s=REQUEST_PATIENCE_S, statement_s=STATEMENT_S)


def _make_postgres(url: str, *, patience_s: float, statement_s: float | None, concurrency: Concurrency) -> Engine:
    limits_s = {
        "lock_timeout": patience_s,
        "statement_timeout": statement_s or 0,
        "idle_in_transaction_session_timeout": IDLE_S,
    }
    session = " ".join(f"-c {name}={seconds * 1000:.0f}" for name, seconds in limits_s.items())
    connect_args = {"options": session, "connect_timeout": max(2, round(patience_s))}
    engine = create_engine(url, connect_args=connect_args, **_pool(POSTGRES_CONNECTIONS, patience_s))
    _ping_idle_connections(engine)
    if (connect := concurrency.connect_postgres) is not None:
        event.listen(engine, "do_connect", lambda _dialect, _record, args, kwargs: connect(*args, **kwargs))
    return engine


def _ping_idle_connections(engine: Engine) -> None:
    """One that was used a moment ago is used again without a ping, which would double the cost of a brief reading."""

    @event.listens_for(engine, "checkin")
    def note(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ping(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) < PING_AFTER_S:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool opens another one, and trusts none of the old ones


def _make_sqlite(url: str, *, patience_s: float, concurrency: Concurrency) -> Engine:
    connect_args: dict[str, Any] = {
        "timeout": patience_s,
        "check_same_thread": False,
        "factory": concurrency.connection,
    }
    engine = create_engine(url, connect_args=connect_args, **_pool(SQLITE_CONNECTIONS, patience_s))
    event.listen(engine, "connect", _prepare_sqlite)

    def begin(connection: Connection) -> None:
        """A writer takes its lock at once: a reader that becomes a writer half-way could only fail."""
        concurrency.begin(connection, connection.get_execution_options().get("use", Use.WRITE))

    event.listen(engine, "begin", begin)
    return engine


def _pool(connections: int, patience_s: float) -> dict[str, Any]:
    """No connection is closed because it was one of many: a busy process would do little else than open new ones.

    The one that was returned last is used next: taken in turn, each would fill its cache of pages and statements.
    """
    return {
        "pool_size": connections,
        "max_overflow": 0,
        "pool_timeout": patience_s,
        "pool_use_lifo": True,
        "hide_parameters": True,
    }


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "journal_size_limit=67108864"):
        connection.execute(f"PRAGMA {pragma}").close()
