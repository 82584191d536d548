"""The stored allotment of screens: written by the network's plan, read by the plan of a venue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, exists, select

from server.allotment.inventory import SoldScreen
from server.allotment.models import Allotment, AllottedDay, AllottedMark
from server.db import new_id, on_postgres, reading, transaction
from server.planner.model.allotments import Row
from server.screens.replan import queue_plans

ROWS_AT_ONCE = 500
# These rows are short, and a large network has a hundred thousand of them on a day.
DAYS_AT_ONCE = 2000


def allotted_on(db: Session, on: date, screen_ids: Collection[str] | None = None) -> dict[str, Row]:
    """Each screen's allotment on a date; equal allotments are the same object."""
    query = select(AllottedDay.screen_id, AllottedDay.digest).where(col(AllottedDay.on) == on)
    if screen_ids is not None:
        query = query.where(col(AllottedDay.screen_id).in_(screen_ids))
    digests = db.exec(query).all()
    rows: dict[str, Row] = {}
    for batch in in_batches(sorted({digest for _, digest in digests})):
        for digest, columns in db.exec(select(Allotment.id, Allotment.columns).where(col(Allotment.id).in_(batch))):
            rows[digest] = _decoded(columns)
    return {screen_id: rows[digest] for screen_id, digest in digests}


def _decoded(columns: Sequence[Any]) -> Row:
    bookings, wanted, whys, part_of, parts = columns
    return Row(
        tuple(bookings),
        np.array(wanted, np.int64),
        tuple(whys),
        np.array(part_of, np.int32),
        np.array(parts, np.int32).reshape(-1, 3),
    )


def _columns(row: Row) -> list[Any]:
    parts = row.parts.ravel().tolist()
    return [list(row.bookings), row.wanted.tolist(), list(row.whys), row.part_of.tolist(), parts]


def in_batches(values: list[str], size: int = ROWS_AT_ONCE) -> Iterator[list[str]]:
    return (values[first : first + size] for first in range(0, len(values), size))


# --- writing


def read_marks(db: Session) -> dict[date, str]:
    """The mark of each day's rows; every write of a day gives it a new one."""
    return {date.fromisoformat(row.id): row.mark for row in db.exec(select(AllottedMark))}


def write_day(
    engine: Engine,
    on: date,
    rows: Mapping[str, Row],
    screens: Sequence[SoldScreen],
    *,
    fence: Callable[[Session], None],
    now: datetime,
    delay_s: float,
) -> str:
    """Write these screens' allotments of a day, a batch in each transaction. Returns the day's mark.

    The plans of their venues are queued in the same transactions, so that none is lost if this breaks off.
    """
    digests = _write_contents(engine, [rows[screen.id] for screen in screens], fence=fence, now=now)
    mark = ""
    for first in range(0, len(screens), DAYS_AT_ONCE):
        part = screens[first : first + DAYS_AT_ONCE]
        with transaction(engine) as db:
            fence(db)
            _write_rows(db, on, {screen.id: digests[id(rows[screen.id])] for screen in part})
            mark = _write_mark(db, on)
            queue_plans(db, {screen.venue_id for screen in part}, now=now, delay_s=delay_s)
    return mark or _present_mark(engine, on, fence)


def drop_days(db: Session, *, before: date) -> None:
    """Delete the days before this date, and contents that no day refers to any more."""
    db.exec(delete(AllottedDay).where(col(AllottedDay.on) < before))
    db.exec(delete(AllottedMark).where(col(AllottedMark.id) < before.isoformat()))
    db.exec(delete(Allotment).where(~exists().where(col(AllottedDay.digest) == col(Allotment.id))))


def _write_contents(
    engine: Engine, rows: Sequence[Row], *, fence: Callable[[Session], None], now: datetime
) -> dict[int, str]:
    """The digest of each row, by the `id()` of the row; empty for a row without bookings. Equal rows share one."""
    distinct = {id(row): row for row in rows}
    columns = {key: _columns(row) for key, row in distinct.items() if row.bookings}
    digests = {key: _digest(columns[key]) if key in columns else "" for key in distinct}
    contents = {digests[key]: content for key, content in columns.items()}
    for batch in in_batches(sorted(contents)):
        values = [{"id": digest, "columns": contents[digest], "created_at": now} for digest in batch]
        with transaction(engine) as db:
            fence(db)
            db.connection().execute(_insert(db, Allotment).on_conflict_do_nothing(), values)
    return digests


def _digest(columns: list[Any]) -> str:
    return hashlib.sha256(json.dumps(columns, separators=(",", ":")).encode()).hexdigest()


def _write_rows(db: Session, on: date, digests: Mapping[str, str]) -> None:
    empty = [id_ for id_, digest in digests.items() if not digest]
    if empty:
        db.exec(delete(AllottedDay).where(col(AllottedDay.on) == on, col(AllottedDay.screen_id).in_(empty)))
    values = [
        {"id": new_id(), "screen_id": id_, "on": on, "digest": digest} for id_, digest in digests.items() if digest
    ]
    if values:
        insert = _insert(db, AllottedDay)
        key = ("screen_id", "on")
        db.connection().execute(
            insert.on_conflict_do_update(index_elements=key, set_={"digest": insert.excluded.digest}), values
        )


def _write_mark(db: Session, on: date) -> str:
    mark = new_id()
    insert = _insert(db, AllottedMark).values(id=on.isoformat(), mark=mark)
    db.connection().execute(insert.on_conflict_do_update(index_elements=["id"], set_={"mark": mark}))
    return mark


def _present_mark(engine: Engine, on: date, fence: Callable[[Session], None]) -> str:
    """The mark of a day whose rows did not change; writes a first one if it has none."""
    with reading(engine) as db:
        mark = db.exec(select(AllottedMark.mark).where(AllottedMark.id == on.isoformat())).first()
    if mark is None:
        with transaction(engine) as db:
            fence(db)
            mark = _write_mark(db, on)
    return mark


def _insert(db: Session, table: Any) -> Any:
    return (postgres_insert if on_postgres(db) else sqlite_insert)(table)
