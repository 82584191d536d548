"""The network's allotment as a job: one at a time, within a limit, and what stood before stays if it fails.

Covers: server.allotment.allot, server.jobs.handlers, server.timelines.troubles
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select, update

from media.store import MediaStore
from server.allotment import allot, plan_cache
from server.allotment.allot import DayAllotted
from server.allotment.models import AllottedDay
from server.db import Job, enqueue, reading, transaction, utc_now
from server.errors import Conflict
from server.jobs import handlers, queue, work
from server.jobs.handlers import HANDLERS
from server.jobs.work import LeaseLost, TookTooLong, Work
from server.jobs.worker import Worker, turn
from server.settings import Settings
from server.timelines.models import NetworkTrouble
from tests.server.timelines.world import World, add_screen, add_venue, make_world

ALLOT = frozenset({"allot"})


@pytest.fixture
def world(engine: Engine, store: MediaStore, settings: Settings) -> World:
    """With a campaign that runs today."""
    world = make_world(engine, store, settings)
    today = utc_now().date()
    world.book(now=utc_now(), starts_on=today - timedelta(days=1), ends_on=today + timedelta(days=30))
    return world


def worker_of(world: World, name: str = "here", **more: Any) -> Worker:
    world.settings.work_dir.mkdir(parents=True, exist_ok=True)
    more = {"kinds": ALLOT, "lease_s": 60, "looked_at": float("inf")} | more
    return Worker(world.settings, world.engine, world.store, stop=Event(), name=name, **more)


def rows(world: World, kind: type[Any]) -> list[Any]:
    with reading(world.engine) as db:
        return list(db.exec(select(kind)))


def allotted(world: World) -> dict[tuple[str, str], str]:
    return {(row.screen_id, row.on.isoformat()): row.digest for row in rows(world, AllottedDay)}


def again(world: World) -> None:
    """A change queues it, unless it waits for its next attempt."""
    waits = any(job.kind == "allot" and job.state == "waiting" for job in rows(world, Job))
    with transaction(world.engine) as db:
        if not waits:
            enqueue(db, "allot", now=utc_now())
        db.exec(update(Job).where(col(Job.state) == "waiting").values(run_at=utc_now() - timedelta(seconds=1)))


def break_at(monkeypatch: pytest.MonkeyPatch, day: int, error: Exception) -> None:
    """The planner breaks from the nth requested day on."""
    real, requests = plan_cache.plan_network, iter(range(1000))

    def plan_network(*args: Any) -> Any:
        if next(requests) >= day:
            raise error
        return real(*args)

    monkeypatch.setattr(plan_cache, "plan_network", plan_network)


def test_an_allotment_that_fails_keeps_what_stood_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    turn(worker_of(world))
    before = allotted(world)
    assert before
    with monkeypatch.context() as patch:
        break_at(patch, 0, RuntimeError("a bug"))
        for _ in range(queue.MOST_ATTEMPTS):
            again(world)
            assert turn(worker_of(world))
    assert allotted(world) == before
    (trouble,) = rows(world, NetworkTrouble)
    assert trouble.trouble == "The work broke off unexpectedly."
    assert trouble.remedy == "Try again; if it stays, tell the person who runs the server."
    again(world)
    turn(worker_of(world))
    assert rows(world, NetworkTrouble) == []


def test_days_written_before_an_allotment_broke_off_are_planned(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction(world.engine) as db:
        for job in db.exec(select(Job).where(col(Job.kind) == "plan")):
            db.delete(job)
    break_at(monkeypatch, 2, Conflict("the third day cannot be planned"))
    turn(worker_of(world))
    assert len({on for _screen, on in allotted(world)}) == 2
    (job,) = [job for job in rows(world, Job) if job.kind == "plan"]
    assert job.subject == world.venue.id
    assert job.run_at <= utc_now() + timedelta(seconds=allot.PLANNED_WITHIN_S)


def test_an_allotment_that_takes_too_long_is_given_up_with_the_reason(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = replace(HANDLERS["allot"], limit=lambda settings: 0.0)
    monkeypatch.setitem(HANDLERS, "allot", slow)
    turn(worker_of(world))
    (job,) = [job for job in rows(world, Job) if job.kind == "allot"]
    assert (job.state, job.attempts) == ("failed", 1)
    assert [row.trouble for row in rows(world, NetworkTrouble)] == [TookTooLong().message]


def test_a_planner_that_hangs_is_given_up_and_its_process_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop of the solver hears nothing: it never calls `progress`."""
    ended = Event()
    stuck = replace(HANDLERS["allot"], limit=lambda settings: 0.1, run=lambda work: ended.wait(20))
    monkeypatch.setitem(HANDLERS, "allot", stuck)
    monkeypatch.setattr(work, "SPARE_S", 0.2)
    codes: list[int] = []

    def end(code: int) -> None:
        codes.append(code)
        ended.set()

    turn(worker_of(world, lease_s=0.3, end_process=end))
    assert codes == [1]
    (job,) = [job for job in rows(world, Job) if job.kind == "allot"]
    assert (job.state, job.error) == ("failed", TookTooLong().message)
    assert [row.trouble for row in rows(world, NetworkTrouble)] == [TookTooLong().message]


def test_of_two_planners_only_the_one_that_holds_the_job_writes(world: World) -> None:
    """The first hangs until its lease is over; the second takes the job; the first then writes nothing more."""
    first, second = worker_of(world, "first"), worker_of(world, "second")
    with transaction(world.engine) as db:
        job = queue.take_job(db, worker="first", now=utc_now(), kinds=ALLOT, lease_s=60)
    assert job is not None
    assert not turn(second)  # while the lease lasts nobody else begins

    def overtaken(day: DayAllotted) -> None:
        if len({on for _screen, on in allotted(world)}) == 1:
            with transaction(world.engine) as db:
                db.exec(update(Job).where(col(Job.id) == job.id).values(leased_until=utc_now() - timedelta(seconds=1)))
                assert queue.take_job(db, worker="second", now=utc_now(), kinds=ALLOT) is not None

    late = Work(first.settings, first.engine, first.store, job, first.stop)
    with pytest.raises(LeaseLost):
        handlers.allot(late, on_day=overtaken)
    assert len({on for _screen, on in allotted(world)}) == 1


def test_a_venue_whose_zone_is_not_known_stops_no_other(world: World) -> None:
    with transaction(world.engine) as db:
        lost = add_screen(db, add_venue(db, zone="Nowhere/Atlantis"))
        odd = add_screen(db, add_venue(db, hours={"monday": "all day"}))
    turn(worker_of(world))
    screens = {screen for screen, _on in allotted(world)}
    assert world.screen.id in screens
    assert not {lost.id, odd.id} & screens
    assert rows(world, NetworkTrouble) == []
