"""Times at which another process acts are the database's: a clock that is a day off leaves nothing for that day.

Covers: server.db.clock
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import Engine
from sqlmodel import select

from server.db import (
    Job,
    OutboxRow,
    enqueue,
    lease_outbox,
    post,
    reading,
    shared_now,
    transaction,
    utc_now,
)
from server.db.clock import database_now
from server.jobs import queue
from server.jobs.handlers import Handler
from server.jobs.worker import Worker, do, take, turn
from server.runtime.disk import DiskSpace
from tests.factories import make_screen
from tests.server.jobs.hands import job_of

A_DAY = timedelta(days=1)
MOMENT = timedelta(seconds=30)


@pytest.fixture(params=[A_DAY, -A_DAY], ids=["ahead", "behind"])
def elsewhere(request: pytest.FixtureRequest) -> time_machine.travel:
    """Another machine, whose clock is a day off."""
    return time_machine.travel(datetime.now(UTC) + request.param)


def test_a_job_queued_by_a_clock_that_is_off_is_due_now(here: Worker, elsewhere: time_machine.travel) -> None:
    with elsewhere, transaction(here.engine) as db:
        enqueue(db, "plan", make_screen(db).venue_id, now=utc_now())
    assert turn(here)
    assert job_of(here, "plan").state == "done"


def test_a_delay_is_counted_from_the_databases_clock(engine: Engine, elsewhere: time_machine.travel) -> None:
    with elsewhere, transaction(engine) as db:
        enqueue(db, "plan", "venue", now=utc_now(), delay_s=3600)
    with reading(engine) as db:
        due_in = db.exec(select(Job)).one().run_at - database_now(db)
    assert abs(due_in - timedelta(hours=1)) < MOMENT


def test_a_dead_workers_job_waits_for_its_lease_despite_a_wrong_clock(
    engine: Engine, elsewhere: time_machine.travel
) -> None:
    with transaction(engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    with elsewhere, transaction(engine) as db:
        assert queue.take_job(db, worker="dead", now=shared_now(db))
    with transaction(engine) as db:
        assert queue.take_job(db, worker="next", now=shared_now(db)) is None
        lapsed = shared_now(db) + timedelta(seconds=queue.LEASE_S + 1)
        assert queue.take_job(db, worker="next", now=lapsed) is not None


def test_a_job_waits_a_minute_for_disk_space_despite_a_wrong_clock(
    here: Worker, elsewhere: time_machine.travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_work: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.jobs.worker.disk_space_of", lambda _folder: DiskSpace(free=1 << 20, total=100 << 30))
    with transaction(here.engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    job = take(here)
    assert job is not None
    with elsewhere:
        do(here, job, Handler(full))
    with reading(here.engine) as db:
        waits = job_of(here, "plan").run_at - database_now(db)
    assert abs(waits - timedelta(seconds=queue.ROOM_RETRY_S)) < MOMENT


def test_a_periodic_job_is_queued_once_by_workers_whose_clocks_differ(
    engine: Engine, elsewhere: time_machine.travel
) -> None:
    with transaction(engine) as db:
        assert queue.schedule(db, "prune", every_s=7 * 86400, now=shared_now(db))
    with elsewhere, transaction(engine) as db:
        assert not queue.schedule(db, "prune", every_s=7 * 86400, now=shared_now(db))


def test_a_push_is_due_again_when_its_process_dies_despite_a_wrong_clock(
    engine: Engine, elsewhere: time_machine.travel
) -> None:
    with transaction(engine) as db:
        post(db, "stage", "screen", {}, now=utc_now())
    with elsewhere, transaction(engine) as db:
        assert lease_outbox(db, now=shared_now(db))
    with transaction(engine) as db:
        leased = db.exec(select(OutboxRow.leased_until)).one()
        assert abs(leased - database_now(db)) < MOMENT


def test_clocks_that_agree_within_a_second_are_one_clock(engine: Engine, now: datetime) -> None:
    """So that an instant that was passed in stays the one that it is."""
    with transaction(engine) as db:
        enqueue(db, "plan", "venue", now=now)
        assert db.exec(select(Job)).one().run_at == now
