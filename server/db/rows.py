"""Rows by id, and inserts that a unique key decides."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, SQLModel

from server.db.dialect import on_postgres
from server.errors import LiftcastError

Row = TypeVar("Row", bound=SQLModel)


def get_or_raise(db: Session, row: type[Row], id_: str, error: type[LiftcastError]) -> Row:
    """The row of this id, or the domain's own error."""
    found = db.get(row, id_) if "\0" not in id_ else None  # PostgreSQL refuses a NUL in any text
    if found is None:
        raise error
    return found


def insert_once(db: Session, row: SQLModel) -> bool:
    """Insert unless a unique key is taken already; True if this call inserted it."""
    statement = _insert_or_nothing(str(type(row).__tablename__), on_postgres(db))
    # The returned rows are counted: PostgreSQL's driver has no row count for an INSERT that may do nothing.
    return db.connection().execute(statement, row.model_dump()).first() is not None


def insert_new(db: Session, rows: Sequence[SQLModel]) -> set[str]:
    """The same for many rows of one table; returns the ids of those that were inserted."""
    if not rows:
        return set()
    statement = _insert_or_nothing(str(type(rows[0]).__tablename__), on_postgres(db))
    return set(db.connection().execute(statement, [row.model_dump() for row in rows]).scalars())


@cache
def _insert_or_nothing(table_name: str, postgres: bool) -> Any:
    """Built once a table: building the statement costs more than running it."""
    insert = postgres_insert if postgres else sqlite_insert
    table = SQLModel.metadata.tables[table_name]
    return insert(table).on_conflict_do_nothing().returning(table.c.id)
