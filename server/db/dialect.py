"""Where PostgreSQL and SQLite differ."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement
from sqlmodel import Session, cast, func


def on_postgres(db: Session) -> bool:
    return db.get_bind().dialect.name == "postgresql"


def epoch_ms(db: Session, instant: Any) -> ColumnElement[int]:
    """The milliseconds UTC of an instant's column, as `to_ms` counts them."""
    if on_postgres(db):
        return cast(func.extract("epoch", instant) * 1000, BigInteger)
    seconds, fraction = func.strftime("%s", instant), func.substr(instant, 21, 3)  # of "2026-03-02 12:00:00.250000"
    return cast(seconds, BigInteger) * 1000 + cast(fraction, BigInteger)


def notify(db: Session, channel: str) -> None:
    """Wake the processes that listen to a channel when the transaction commits; SQLite has none, and is polled."""
    if on_postgres(db):
        db.connection().exec_driver_sql(f"NOTIFY {channel}")
