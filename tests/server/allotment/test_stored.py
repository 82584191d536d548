from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from server.allotment.inventory import SoldScreen
from server.allotment.models import Allotment
from server.allotment.stored import allotted_on, drop_days, read_marks, write_day
from server.db import Job, reading, transaction
from server.planner.model.allotments import NOTHING, Row
from tests.factories import make_screen

ON = date(2026, 3, 2)

Write = Callable[..., str]


def row(booking: str = "a", spots: int = 5) -> Row:
    parts = np.array([[0, 720, spots]], np.int32)
    return Row((booking,), np.array([spots], np.int64), ("",), np.array([0, 1], np.int32), parts)


@pytest.fixture
def screens(engine: Engine) -> list[SoldScreen]:
    with transaction(engine) as db:
        rows = [make_screen(db) for _ in range(3)]
        return [SoldScreen(screen.id, screen.venue_id, None, [], []) for screen in rows]


@pytest.fixture
def write(engine: Engine, screens: list[SoldScreen], now: datetime) -> Write:
    def write(*rows: Row, on: date = ON, fence: Callable[[Session], None] = lambda _db: None) -> str:
        written = screens[: len(rows)]
        by_id = {screen.id: row for screen, row in zip(written, rows, strict=True)}
        return write_day(engine, on, by_id, written, fence=fence, now=now, delay_s=0)

    return write


def parts(engine: Engine, on: date = ON) -> dict[str, list[list[int]]]:
    with reading(engine) as db:
        return {screen: stored.parts.tolist() for screen, stored in allotted_on(db, on).items()}


def test_written_rows_are_read_again_and_equal_ones_share_their_content(
    engine: Engine, write: Write, screens: list[SoldScreen]
) -> None:
    write(row(), row(), row("b", 7))
    with reading(engine) as db:
        stored = allotted_on(db, ON)
        assert len(db.exec(select(Allotment)).all()) == 2
    one, same, other = (stored[screen.id] for screen in screens)
    assert one is same
    assert (one.bookings, one.wanted.tolist(), one.parts.tolist()) == (("a",), [5], [[0, 720, 5]])
    assert (other.bookings, other.part_of.tolist()) == (("b",), [0, 1])


def test_a_screen_that_lost_its_bookings_has_no_row(engine: Engine, write: Write, screens: list[SoldScreen]) -> None:
    write(row(), row())
    write(NOTHING)
    assert parts(engine) == {screens[1].id: [[0, 720, 5]]}


def test_only_chosen_screens_are_read(engine: Engine, write: Write, screens: list[SoldScreen]) -> None:
    write(row(), row())
    with reading(engine) as db:
        assert allotted_on(db, ON, [screens[0].id, "no such screen"]).keys() == {screens[0].id}
        assert allotted_on(db, ON, []) == {}
        assert allotted_on(db, ON + timedelta(days=1)) == {}


def test_every_write_gives_the_day_a_new_mark_and_no_write_leaves_it(engine: Engine, write: Write) -> None:
    first = write()
    assert write() == first
    second = write(row())
    assert second != first
    with reading(engine) as db:
        assert read_marks(db) == {ON: second}


def test_a_written_screen_has_its_venue_planned(engine: Engine, write: Write, screens: list[SoldScreen]) -> None:
    write(row())
    with reading(engine) as db:
        assert [job.subject for job in db.exec(select(Job))] == [screens[0].venue_id]


def test_a_worker_that_lost_its_job_writes_nothing(engine: Engine, write: Write) -> None:
    def lost(_db: Session) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write(row(), fence=lost)
    with pytest.raises(RuntimeError):
        write(fence=lost)
    assert parts(engine) == {}


def test_days_that_are_over_go_with_contents_that_no_day_has(engine: Engine, write: Write) -> None:
    write(row("a"), row("shared"))
    write(row("b"), row("shared"), on=ON + timedelta(days=1))
    with transaction(engine) as db:
        drop_days(db, before=ON + timedelta(days=1))
        assert len(db.exec(select(Allotment)).all()) == 2
        assert list(read_marks(db)) == [ON + timedelta(days=1)]
    assert parts(engine) == {}
