"""Writers wait their turn before they take a connection, so that a stuck one never leaves readers without.

Every connection that waits for a lock is one that no reader can have. So only a few writers of a process hold a
connection at a time; the others wait here, and give up after some seconds. Writes of which many at once may wait for
one row, as claims of one offer do, take half of the turns at most: the others stay free for everything else. What a
database says when it is locked or away is turned into one of two errors, which ask the client to come back.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.errors import LiftcastError

logger = logging.getLogger(__name__)

MOST_WAITING = 500
RETRY_AFTER_S = 5

SQLITE_LOCKED = {5, 6}  # SQLITE_BUSY, SQLITE_LOCKED (https://www.sqlite.org/rescode.html)
SQLITE_AWAY = {10, 14}  # SQLITE_IOERR, SQLITE_CANTOPEN
# https://www.postgresql.org/docs/current/errcodes-appendix.html
POSTGRES_BUSY = {"55P03", "57014", "40P01", "40001", "25P03"}
POSTGRES_AWAY = ("08", "53300", "57P")


class DatabaseUnavailable(LiftcastError):
    """The database cannot be used right now. Try again in a few seconds; if it stays, tell the person who runs the
    server."""

    status = 503
    retry_after_s = RETRY_AFTER_S


class DatabaseBusy(DatabaseUnavailable):
    """The server is busy, and nothing was changed. Try again in a few seconds."""


class DatabaseAway(DatabaseUnavailable):
    """The database does not answer. Try again in a few seconds; if it stays, tell the person who runs the server."""


# What a loop that must live on catches: it waits a moment and tries again.
DATABASE_ERRORS = (SQLAlchemyError, DatabaseUnavailable)


class Slots(Protocol):
    """A semaphore of `threading`, or of gevent in the hub."""

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool: ...

    def release(self) -> None: ...


class WriteQueue:
    """At most as many writers at a time as there are slots, and a bounded number that wait, for a bounded time.

    contended: fewer slots, that a contended write needs beside one of `slots`
    """

    def __init__(
        self,
        slots: Slots,
        contended: Slots,
        *,
        patience_s: float,
        most_waiting: int = MOST_WAITING,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.slots = slots
        self.contended = contended
        self.patience_s = patience_s
        self.most_waiting = most_waiting
        self.clock = clock
        self.waiting = 0
        self._count = Lock()

    @contextmanager
    def turn(self, *, contended: bool = False) -> Iterator[None]:
        """Raises DatabaseBusy if no slot becomes free in time, or too many wait already.

        contended: many such writes at once may wait for the same row
        """
        # The scarcer slot first: a write that waits for it must hold no other.
        needed = (self.contended, self.slots) if contended else (self.slots,)
        with ExitStack() as turn:
            with self._in_queue():
                give_up_at = self.clock() + self.patience_s
                for slots in needed:
                    if not slots.acquire(timeout=max(0.0, give_up_at - self.clock())):
                        raise DatabaseBusy
                    turn.callback(slots.release)
            yield

    @contextmanager
    def _in_queue(self) -> Iterator[None]:
        with self._count:
            if self.waiting >= self.most_waiting:
                raise DatabaseBusy
            self.waiting += 1
        try:
            yield
        finally:
            with self._count:
                self.waiting -= 1


_queues: WeakKeyDictionary[Engine, WriteQueue] = WeakKeyDictionary()


def install_queue(engine: Engine, queue: WriteQueue) -> None:
    _queues[engine] = queue


def queue_of(engine: Engine) -> WriteQueue:
    return _queues[engine]


@contextmanager
def explained_errors() -> Iterator[None]:
    """Raises DatabaseBusy or DatabaseAway where the driver says so in its own words; other errors pass unchanged."""
    try:
        yield
    except PoolTimeout as error:
        logger.warning("no database connection was free in time")
        raise DatabaseBusy from error
    except DBAPIError as error:
        unavailable = _unavailable(error)
        if unavailable is None:
            raise
        logger.warning("database unavailable why=%s", str(error.orig).strip().partition("\n")[0])
        raise unavailable from error


def _unavailable(error: DBAPIError) -> DatabaseUnavailable | None:
    driver_error: Any = error.orig
    if (sqlite_code := getattr(driver_error, "sqlite_errorcode", None)) is not None:
        return _of_sqlite(sqlite_code & 0xFF)
    state = getattr(driver_error, "sqlstate", None)
    no_answer = isinstance(error, OperationalError) and state is None  # an error of the driver's, not of the server's
    return _of_postgres(state, disconnected=no_answer or error.connection_invalidated)


def _of_sqlite(primary_code: int) -> DatabaseUnavailable | None:
    if primary_code in SQLITE_LOCKED:
        return DatabaseBusy()
    return DatabaseAway() if primary_code in SQLITE_AWAY else None


def _of_postgres(state: str | None, *, disconnected: bool) -> DatabaseUnavailable | None:
    if state in POSTGRES_BUSY:
        return DatabaseBusy()
    if disconnected or (state or "").startswith(POSTGRES_AWAY):
        return DatabaseAway()
    return None
