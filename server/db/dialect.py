"""Where PostgreSQL and SQLite differ."""

from __future__ import annotations

from sqlmodel import Session


def on_postgres(db: Session) -> bool:
    return db.get_bind().dialect.name == "postgresql"


def notify(db: Session, channel: str) -> None:
    """Wake the processes that listen to a channel when the transaction commits; SQLite has none, and is polled."""
    if on_postgres(db):
        db.connection().exec_driver_sql(f"NOTIFY {channel}")
