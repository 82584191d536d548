"""A writer that is stuck: another process's transaction, open as long as a test wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from server.db import make_engine, transaction


@contextmanager
def held_lock(url: str, table: str, id_: str) -> Iterator[None]:
    """Lock one row on PostgreSQL; on SQLite any writer locks the whole file."""
    engine = make_engine(url)
    try:
        with transaction(engine) as db:
            connection = db.connection()  # SQLite locks here: a transaction begins with its first use
            if engine.dialect.name == "postgresql":
                connection.execute(text(f'SELECT 1 FROM "{table}" WHERE id = :id FOR UPDATE'), {"id": id_})
            yield
    finally:
        engine.dispose()
