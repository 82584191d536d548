"""What screens are allotted, as rows: read for the venue's plan, written by the network's."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from server.planner.problem import Allotted
from server.timelines.models import Allotment, AllottedDay

ROWS_AT_ONCE = 500


def held_on(db: Session, on: date, screen_ids: Collection[str] | None = None) -> dict[str, tuple[Allotted, ...]]:
    """What each screen is allotted on a date; equal ones are the same object."""
    asked = select(AllottedDay.screen_id, AllottedDay.digest).where(col(AllottedDay.on) == on)
    if screen_ids is not None:
        asked = asked.where(col(AllottedDay.screen_id).in_(screen_ids))
    rows = db.exec(asked).all()
    known: dict[str, tuple[Allotted, ...]] = {}
    for part in in_parts(sorted({digest for _, digest in rows})):
        for row in db.exec(select(Allotment).where(col(Allotment.id).in_(part))):
            known[row.id] = _decoded(row.bookings)
    return {screen_id: known[digest] for screen_id, digest in rows}


def encoded(row: tuple[Allotted, ...]) -> str:
    return json.dumps([[one.booking, one.wanted, one.why, one.parts] for one in row], separators=(",", ":"))


def _decoded(bookings: list[Any]) -> tuple[Allotted, ...]:
    return tuple(
        Allotted(booking, wanted, tuple((first, end, spots) for first, end, spots in parts), why)
        for booking, wanted, why, parts in bookings
    )


def in_parts(values: list[str]) -> Iterator[list[str]]:
    return (values[first : first + ROWS_AT_ONCE] for first in range(0, len(values), ROWS_AT_ONCE))
