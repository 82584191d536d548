"""Screens are added, retired, moved, put in banks, and hours change: what the allotment's job makes of each of them.

Covers: server.allotment.inventory, server.jobs.handlers
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from media.store import MediaStore
from server.allotment.allot import read_network
from server.allotment.stored import allotted_on, write_day
from server.db import Job, enqueue, reading, transaction, utc_now
from server.jobs.worker import Worker, turn
from server.planner.model.allotments import Allotted, Row
from server.screens.models import Screen, Venue
from server.screens.venues import change_screen, change_venue, reinstate_screen, retire_screen
from server.settings import Settings
from server.timelines.models import PlannedDay
from server.timelines.publish import publish_venue
from server.timelines.relocate import relocate_screen
from tests.server.jobs.test_allot import worker_of
from tests.server.timelines.world import World, add_screen, add_venue, forget, make_world

SHARE, EACH = 30, 50
HOUR_SLOTS = 720
# Short days, which are put in order quickly.
ONE_HOUR, TWO_HOURS = ({str(weekday): [[420, until]] for weekday in range(7)} for until in (480, 540))


@pytest.fixture
def today() -> date:
    """Taken once, so that all of a test concerns the same days when it runs over midnight."""
    return utc_now().date()


@pytest.fixture
def day(today: date) -> date:
    """One of the window that does not begin while a test runs."""
    return today + timedelta(days=3)


@pytest.fixture
def world(engine: Engine, store: MediaStore, settings: Settings, today: date) -> World:
    """With three screens, a share and plays of each day on all of them."""
    world = make_world(engine, store, settings, hours=ONE_HOUR)
    add(world, 2)
    flight = {"now": utc_now(), "starts_on": today, "ends_on": today + timedelta(days=30)}
    world.book(name="share", goal=SHARE, **flight)
    world.book(name="each", goal_kind="plays_per_day", goal=EACH, **flight)
    return world


def add(world: World, screens: int) -> None:
    with transaction(world.engine) as db:
        for _ in range(screens):
            add_screen(db, world.venue)


def allot(world: World, worker: Worker) -> None:
    """The job, as it is done every ten minutes."""
    forget(world.engine, [Job])
    with transaction(world.engine) as db:
        enqueue(db, "allot", now=utc_now() - timedelta(seconds=1))
    assert turn(worker)


def in_use(db: Session) -> list[tuple[str, int]]:
    """Each screen, and the slots of its day."""
    rows = select(Screen.id, Venue.hours).join(Venue, col(Venue.id) == col(Screen.venue_id))
    found = db.exec(rows.where(col(Screen.retired_at).is_(None))).all()
    return [(id_, HOUR_SLOTS if hours == ONE_HOUR else 2 * HOUR_SLOTS) for id_, hours in found]


def assert_each_screen_has_its_part(world: World, day: date) -> None:
    """It needs no more than that, and so no reason is given why anything is missing."""
    with reading(world.engine) as db:
        due = in_use(db)
        allotments = allotted_on(db, day, [id_ for id_, _ in due])
    expected = {id_: sorted([slots * SHARE // 100 // 2, EACH]) for id_, slots in due}
    given = {
        id_: sorted(sum(part[2] for part in allotted.parts) for allotted in row) for id_, row in allotments.items()
    }
    assert given == expected
    assert {id_: sorted(row.wanted.tolist()) for id_, row in allotments.items()} == expected
    assert {why for row in allotments.values() for why in row.whys} == {""}


def some_screen(db: Session) -> str:
    return min(id_ for id_, _ in in_use(db))


def retire(db: Session, _world: World) -> None:
    retire_screen(db, some_screen(db), now=utc_now())


def move(db: Session, _world: World) -> None:
    elsewhere = add_venue(db, hours=TWO_HOURS)
    relocate_screen(db, some_screen(db), elsewhere.id, by=None, now=utc_now())


def change_hours(db: Session, world: World) -> None:
    change_venue(db, world.venue.id, hours=TWO_HOURS, now=utc_now())


def join_bank(db: Session, world: World) -> None:
    for id_ in sorted(id_ for id_, _ in in_use(db))[:2]:
        change_screen(db, id_, bank="doors", now=utc_now())


def leave_bank(db: Session, _world: World) -> None:
    banked = db.exec(select(Screen).where(Screen.bank == "doors", col(Screen.retired_at).is_(None)))
    change_screen(db, banked.first().id, bank=None, now=utc_now())  # type: ignore[union-attr]


CHANGES: list[list[Callable[[Session, World], None]]] = [[retire, join_bank], [move, leave_bank], [change_hours]]


def test_after_every_change_each_screen_has_its_part(world: World, day: date) -> None:
    """From one state into the next, as a network lives."""
    worker = worker_of(world)
    allot(world, worker)
    for screens in (3, 6):
        add(world, screens)
        allot(world, worker)
        assert_each_screen_has_its_part(world, day)
    for changes in CHANGES:
        with transaction(world.engine) as db:
            for change in changes:
                change(db, world)
        allot(world, worker)
        assert_each_screen_has_its_part(world, day)


def write_unevenly(world: World, day: date) -> None:
    """As it was before: the first screen has the part of the last one too, and the sum is right."""
    with reading(world.engine) as db:
        allotments, screens = allotted_on(db, day), read_network(db, world.settings, since=day).inventory.screens
    rows = {screen.id: times(allotments[screen.id], turns) for screen, turns in zip(screens, (2, 1, 0), strict=True)}
    write_day(world.engine, day, rows, screens, fence=lambda db: None, now=utc_now(), delay_s=0)


def times(row: Row, turns: int) -> Row:
    return Row.of(
        Allotted(
            allotted.booking,
            allotted.wanted,
            tuple((first, end, turns * spots) for first, end, spots in allotted.parts),
        )
        for allotted in row
    )


def planned(world: World, day: date) -> dict[str, list[tuple[int, int, str]]]:
    """Of each screen: booked, planned and why it is less, as pages and reports have it."""
    publish_venue(world.engine, world.store, venue_id=world.venue.id, settings=world.settings, now=utc_now())
    found: dict[str, list[tuple[int, int, str]]] = {}
    with reading(world.engine) as db:
        for row in db.exec(select(PlannedDay).where(PlannedDay.on == day).order_by(col(PlannedDay.booked))):
            found.setdefault(row.screen_id, []).append((row.booked, row.planned, row.why))
    return found


def test_the_next_allotment_mends_a_day_that_was_dealt_unevenly(world: World, day: date) -> None:
    allot(world, worker_of(world))
    write_unevenly(world, day)
    allot(world, worker_of(world))
    assert_each_screen_has_its_part(world, day)
    assert list(planned(world, day).values()) == [[(EACH, EACH, ""), (108, 108, "")]] * 3


def test_nothing_is_planned_on_a_retired_screen_after_its_last_day(world: World, day: date) -> None:
    worker = worker_of(world)
    allot(world, worker)
    before = planned(world, day)
    with transaction(world.engine) as db:
        gone = some_screen(db)
        retire(db, world)
    allot(world, worker)
    with reading(world.engine) as db:
        left = set(db.exec(select(PlannedDay.screen_id).where(col(PlannedDay.on) == day)))
    assert left == before.keys() - {gone}


def test_a_reinstated_screens_plans_are_written_again(world: World, day: date) -> None:
    worker = worker_of(world)
    allot(world, worker)
    before = planned(world, day)
    with transaction(world.engine) as db:
        screen_id = some_screen(db)
        retire(db, world)
    allot(world, worker)
    with transaction(world.engine) as db:
        reinstate_screen(db, screen_id, now=utc_now())
    allot(world, worker)
    assert planned(world, day) == before
