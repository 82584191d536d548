"""Inserting a batch of plays by one statement with one parameter, the rows as JSON.

A statement with a placeholder for every value would have another text for every size of batch: SQLite's connections
keep what they prepared, megabytes each, and PostgreSQL spends longer on sixteen thousand parameters than on the rows.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Text, bindparam, cast, column, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col

from server.db import Instant, on_postgres
from server.plays.models import PlayRow

Row = dict[str, Any]

# All of a batch are accepted at one instant, which each database writes in its own way.
ACCEPTED_AT = "accepted_at"
COLUMNS = [one for one in PlayRow.__table__.columns if one.name != ACCEPTED_AT]  # type: ignore[attr-defined]
NAMES = [*(one.name for one in COLUMNS), ACCEPTED_AT]
ROWS = bindparam("rows", type_=Text)


def insert_new(db: Session, rows: Sequence[Row]) -> set[str]:
    """Insert those whose unique keys are free, in this order; returns their ids."""
    if not rows:
        return set()
    told = [{name: value for name, value in row.items() if name != ACCEPTED_AT} for row in rows]
    given = {"rows": json.dumps(told, default=lambda value: value.isoformat()), ACCEPTED_AT: rows[0][ACCEPTED_AT]}
    statement = POSTGRES if on_postgres(db) else SQLITE
    return set(db.connection().execute(statement, given).scalars())


def _postgres() -> Any:
    rows = func.json_to_recordset(cast(ROWS, JSON))
    given = rows.table_valued(*(column(one.name, one.type) for one in COLUMNS)).render_derived(with_types=True)
    source = select(*(given.c[one.name] for one in COLUMNS), bindparam(ACCEPTED_AT, type_=Instant))
    return postgres_insert(PlayRow).from_select(NAMES, source).on_conflict_do_nothing().returning(col(PlayRow.id))


def _sqlite() -> Any:
    """`WHERE true` keeps SQLite from reading ON CONFLICT as the ON of a join."""
    given = func.json_each(ROWS).table_valued("value")
    values = (func.json_extract(given.c.value, literal_column(f"'$.{one.name}'")) for one in COLUMNS)
    source = select(*values, bindparam(ACCEPTED_AT, type_=Instant)).where(true())
    return sqlite_insert(PlayRow).from_select(NAMES, source).on_conflict_do_nothing().returning(col(PlayRow.id))


POSTGRES = _postgres()
SQLITE = _sqlite()
