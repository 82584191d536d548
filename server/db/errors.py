"""Errors of a database that is locked or away, which ask the client to try again."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.errors import LiftcastError

logger = logging.getLogger(__name__)

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


# Caught by loops that must go on: they wait a moment and try again.
DATABASE_ERRORS = (SQLAlchemyError, DatabaseUnavailable)


@contextmanager
def explained_errors() -> Iterator[None]:
    """Raises DatabaseBusy or DatabaseAway for the driver's own errors of that kind; other errors pass unchanged."""
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
