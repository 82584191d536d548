from __future__ import annotations

import logging
import sqlite3

import pytest
from psycopg import errors as postgres
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.db.errors import DATABASE_ERRORS, DatabaseAway, DatabaseBusy, explained_errors


def of_sqlite(code: int) -> DBAPIError:
    error = sqlite3.OperationalError("名 is locked")
    error.sqlite_errorcode = code
    return OperationalError("UPDATE t SET token = :t", {"t": "a-secret"}, error, hide_parameters=True)


def explained(error: Exception) -> Exception:
    with pytest.raises(Exception) as caught, explained_errors():
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, DatabaseBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, DatabaseBusy),
        (sqlite3.SQLITE_LOCKED, DatabaseBusy),
        (sqlite3.SQLITE_IOERR_READ, DatabaseAway),
        (sqlite3.SQLITE_CANTOPEN, DatabaseAway),
        (sqlite3.SQLITE_CONSTRAINT_UNIQUE, OperationalError),
        (sqlite3.SQLITE_FULL, OperationalError),
    ],
)
def test_sqlites_codes_ask_to_try_again_or_stay_what_they_are(code: int, kind: type[Exception]) -> None:
    assert type(explained(of_sqlite(code))) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (postgres.LockNotAvailable(), DatabaseBusy),
        (postgres.QueryCanceled(), DatabaseBusy),
        (postgres.DeadlockDetected(), DatabaseBusy),
        (postgres.SerializationFailure(), DatabaseBusy),
        (postgres.AdminShutdown(), DatabaseAway),
        (postgres.TooManyConnections(), DatabaseAway),
        (postgres.ConnectionFailure(), DatabaseAway),
        (postgres.OperationalError("no such host"), DatabaseAway),
        (postgres.UndefinedTable(), OperationalError),
        (postgres.DiskFull(), OperationalError),
    ],
)
def test_postgresqls_states_ask_to_try_again_or_stay_what_they_are(error: Exception, kind: type[Exception]) -> None:
    assert type(explained(OperationalError("SELECT 1", {}, error))) is kind


def test_a_connection_that_was_cut_is_away_whatever_it_says() -> None:
    cut = DBAPIError("SELECT 1", {}, postgres.InternalError("?"), connection_invalidated=True)
    assert type(explained(cut)) is DatabaseAway


def test_a_pool_without_a_free_connection_is_busy() -> None:
    assert isinstance(explained(PoolTimeout()), DatabaseBusy)


def test_other_errors_pass_unchanged() -> None:
    for error in (IntegrityError("INSERT", {}, sqlite3.IntegrityError("UNIQUE")), ValueError("x")):
        assert explained(error) is error


def test_the_log_names_the_reason_and_no_parameter(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        explained(of_sqlite(sqlite3.SQLITE_BUSY))
    assert "why=名 is locked" in caplog.text
    assert "a-secret" not in caplog.text


def test_loops_that_must_go_on_catch_both_the_drivers_errors_and_ours() -> None:
    for error in (of_sqlite(sqlite3.SQLITE_FULL), PoolTimeout(), DatabaseBusy(), DatabaseAway()):
        assert isinstance(error, DATABASE_ERRORS)
