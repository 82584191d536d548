"""One row in every table, made from the tables' own definition: a new table or column needs no listing here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from pydantic_core import PydanticUndefined
from sqlalchemy import JSON, Boolean, Column, Connection, Date, Enum, Float, Integer, LargeBinary, String, Table
from sqlmodel import AutoString, SQLModel

from server import tables
from server.db import Instant

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SHAPED: dict[str, Any] = {
    "allotment.columns": [["a"], [7], ["no_room"], [0, 1], [0, 10, 4]],
}


def fill_every_table(connection: Connection) -> None:
    """Insert one row into each table, parents first, every column with a value; references point at those rows."""
    rows: dict[str, dict[str, Any]] = {}
    for table in tables.metadata.sorted_tables:
        rows[table.name] = row = {column.name: _value(table, column, rows) for column in table.columns}
        connection.execute(table.insert(), row)


def _value(table: Table, column: Column[Any], rows: dict[str, dict[str, Any]]) -> Any:
    for key in column.foreign_keys:
        parent = rows.get(key.column.table.name)
        return parent[key.column.name] if parent else None  # a table that refers to itself
    shaped = SHAPED.get(f"{table.name}.{column.name}")
    return shaped if shaped is not None else _plain(table, column)


def _plain(table: Table, column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Enum):
        return kind.enums[0]
    if isinstance(kind, JSON):
        return _default(table, column)
    if isinstance(kind, String | AutoString):
        return f"{table.name} {column.name} 早餐"[: kind.length or 40]
    if isinstance(kind, Instant):
        return AT
    plain = {Boolean: True, Integer: 1, Float: 1.0, Date: date(2026, 3, 2), LargeBinary: b"bytes"}
    return next(value for of, value in plain.items() if isinstance(kind, of))


def _default(table: Table, column: Column[Any]) -> Any:
    """An empty list or object, as the row's class says."""
    mappers = SQLModel._sa_registry.mappers
    model = next(mapper.class_ for mapper in mappers if mapper.local_table is table)
    default = model.model_fields[column.name].get_default(call_default_factory=True)
    return {} if default is PydanticUndefined else default
