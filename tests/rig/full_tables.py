"""One row in every table, made from the tables' own definition: a new table or column needs no listing here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHAPED: dict[str, Any] = {  # what a migration reads as more than text
    "allotment.bookings": [["a", 7, "no_room", [[0, 10, 4]]]],
    "allotment.columns": [["a"], [7], ["no_room"], [0, 1], [0, 10, 4]],
}


def fill_every_table(connection: Connection, found: MetaData) -> None:
    """Insert one row into each empty table, parents first, every column with a value; references point at those rows.

    found: the tables as they were read from the database
    """
    rows: dict[str, dict[str, Any]] = {}
    for table in found.sorted_tables:
        row = connection.execute(table.select()).mappings().first()
        if row is None:
            row = {column.name: _value(table, column, rows) for column in table.columns}
            connection.execute(table.insert(), row)
        rows[table.name] = dict(row)


def _value(table: Table, column: Column[Any], rows: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        parent = rows.get(key.column.table.name)
        return parent[key.column.name] if parent else None  # a table that refers to itself
    shaped = SHAPED.get(f"{table.name}.{column.name}")
    return shaped if shaped is not None else _plain(table, column)


def _plain(table: Table, column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, String):
        return f"{table.name} {column.name} 早餐"[: kind.length or 40]
    plain = {
        JSON: {},
        DateTime: AT,
        Date: date(2026, 3, 2),
        Boolean: True,
        Integer: 1,
        Float: 1.0,
        LargeBinary: b"bytes",
    }
    return next(value for of, value in plain.items() if isinstance(kind, of))
