"""What screens are allotted, as rows: read for the venue's plan, written by the network's."""

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
# Of short rows, for a large network has a hundred thousand on a day.
DAYS_AT_ONCE = 2000


def held_on(db: Session, on: date, screen_ids: Collection[str] | None = None) -> dict[str, Row]:
    """What each screen is allotted on a date; equal ones are the same object."""
    asked = select(AllottedDay.screen_id, AllottedDay.digest).where(col(AllottedDay.on) == on)
    if screen_ids is not None:
        asked = asked.where(col(AllottedDay.screen_id).in_(screen_ids))
    rows = db.exec(asked).all()
    known: dict[str, Row] = {}
    for part in in_parts(sorted({digest for _, digest in rows})):
        for digest, columns in db.exec(select(Allotment.id, Allotment.columns).where(col(Allotment.id).in_(part))):
            known[digest] = _decoded(columns)
    return {screen_id: known[digest] for screen_id, digest in rows}


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


def in_parts(values: list[str], size: int = ROWS_AT_ONCE) -> Iterator[list[str]]:
    return (values[first : first + size] for first in range(0, len(values), size))


# --- writing


def marks_of(db: Session) -> dict[date, str]:
    """Under which mark each day's rows stand: whoever writes of a day gives it a new one."""
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
    """What these screens are allotted now, some at a time; returns the day's mark.

    The plans of their venues are queued with the rows, so that none is forgotten if this breaks off.
    """
    digests = _write_contents(engine, [rows[screen.id] for screen in screens], fence=fence, now=now)
    mark = ""
    for first in range(0, len(screens), DAYS_AT_ONCE):
        part = screens[first : first + DAYS_AT_ONCE]
        with transaction(engine) as db:
            fence(db)
            _write_rows(db, on, {screen.id: digests[id(rows[screen.id])] for screen in part})
            mark = _mark(db, on)
            queue_plans(db, {screen.venue_id for screen in part}, now=now, delay_s=delay_s)
    return mark or _mark_of(engine, on, fence)


def drop_days(db: Session, *, before: date) -> None:
    """Days that are over, and contents that no day shows any more."""
    db.exec(delete(AllottedDay).where(col(AllottedDay.on) < before))
    db.exec(delete(AllottedMark).where(col(AllottedMark.id) < before.isoformat()))
    db.exec(delete(Allotment).where(~exists().where(col(AllottedDay.digest) == col(Allotment.id))))


def _write_contents(
    engine: Engine, rows: Sequence[Row], *, fence: Callable[[Session], None], now: datetime
) -> dict[int, str]:
    """The digest of each row, by its id; nothing allotted has none. Rows that are equal share one."""
    distinct = {id(row): row for row in rows}
    columns = {key: _columns(row) for key, row in distinct.items() if row.bookings}
    digests = {key: _digest(columns[key]) if key in columns else "" for key in distinct}
    contents = {digests[key]: told for key, told in columns.items()}
    for part in in_parts(sorted(contents)):
        values = [{"id": digest, "columns": contents[digest], "created_at": now} for digest in part]
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
        given = _insert(db, AllottedDay)
        key = ("screen_id", "on")
        db.connection().execute(
            given.on_conflict_do_update(index_elements=key, set_={"digest": given.excluded.digest}), values
        )


def _mark(db: Session, on: date) -> str:
    mark = new_id()
    given = _insert(db, AllottedMark).values(id=on.isoformat(), mark=mark)
    db.connection().execute(given.on_conflict_do_update(index_elements=["id"], set_={"mark": mark}))
    return mark


def _mark_of(engine: Engine, on: date, fence: Callable[[Session], None]) -> str:
    """That of a day of which nothing changed; a first one if it has none."""
    with reading(engine) as db:
        mark = db.exec(select(AllottedMark.mark).where(AllottedMark.id == on.isoformat())).first()
    if mark is None:
        with transaction(engine) as db:
            fence(db)
            mark = _mark(db, on)
    return mark


def _insert(db: Session, table: Any) -> Any:
    return (postgres_insert if on_postgres(db) else sqlite_insert)(table)
