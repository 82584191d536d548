"""Insert a batch of plays by one statement with one parameter: the rows as JSON.

A statement with a placeholder for every value would have a different text for every size of batch: SQLite's connections
cache prepared statements, megabytes each, and PostgreSQL spends longer on sixteen thousand parameters than on the rows.
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

# One instant for the whole batch. It is a parameter of its own, because each database writes instants differently.
ACCEPTED_AT = "accepted_at"
COLUMNS = [column for column in PlayRow.__table__.columns if column.name != ACCEPTED_AT]  # type: ignore[attr-defined]
NAMES = [*(column.name for column in COLUMNS), ACCEPTED_AT]
ROWS = bindparam("rows", type_=Text)


def insert_new(db: Session, rows: Sequence[Row]) -> set[str]:
    """Insert the rows whose unique keys are free, in this order; returns their ids."""
    if not rows:
        return set()
    values = [{name: value for name, value in row.items() if name != ACCEPTED_AT} for row in rows]
    parameters = {
        "rows": json.dumps(values, default=lambda value: value.isoformat()),
        ACCEPTED_AT: rows[0][ACCEPTED_AT],
    }
    statement = POSTGRES if on_postgres(db) else SQLITE
    return set(db.connection().execute(statement, parameters).scalars())


def _postgres() -> Any:
    rows = func.json_to_recordset(cast(ROWS, JSON))
    table = rows.table_valued(*(column(known.name, known.type) for known in COLUMNS)).render_derived(with_types=True)
    source = select(*(table.c[known.name] for known in COLUMNS), bindparam(ACCEPTED_AT, type_=Instant))
    return postgres_insert(PlayRow).from_select(NAMES, source).on_conflict_do_nothing().returning(col(PlayRow.id))


def _sqlite() -> Any:
    """`WHERE true` prevents that SQLite parses ON CONFLICT as the ON of a join."""
    table = func.json_each(ROWS).table_valued("value")
    values = (func.json_extract(table.c.value, literal_column(f"'$.{known.name}'")) for known in COLUMNS)
    source = select(*values, bindparam(ACCEPTED_AT, type_=Instant)).where(true())
    return sqlite_insert(PlayRow).from_select(NAMES, source).on_conflict_do_nothing().returning(col(PlayRow.id))


POSTGRES = _postgres()
SQLITE = _sqlite()
