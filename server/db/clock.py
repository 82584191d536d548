"""The database's clock, on which the processes of several machines agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from server.db.dialect import on_postgres
from server.db.instants import utc_now

SAME_CLOCK = timedelta(seconds=1)  # less than this may be the time of the query itself


def database_now(db: Session) -> datetime:
    """The clock of PostgreSQL's machine; SQLite's is that of the machine on which all processes run."""
    if on_postgres(db):
        at: datetime = db.connection().exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return at.astimezone(UTC)
    written: str = db.connection().exec_driver_sql("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')").scalar_one()
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def in_database_time(db: Session, at: datetime) -> datetime:
    """An instant of this process's clock, as the database's clock shows it.

    Times at which another process acts are written so: a process whose clock is a day ahead would leave work for
    tomorrow.
    """
    difference = database_now(db) - utc_now()
    return at + difference if abs(difference) >= SAME_CLOCK else at


def shared_now(db: Session) -> datetime:
    """Now, as every process of the server sees it."""
    return in_database_time(db, utc_now())
