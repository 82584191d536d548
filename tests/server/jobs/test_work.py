from __future__ import annotations

from datetime import datetime
from threading import Event

import pytest
from sqlmodel import update

from server.db import Job, enqueue, transaction, utc_now
from server.jobs.work import PROGRESS_EVERY_S, SPARE_S, LeaseLost, TookTooLong, Work, WorkerStops, heartbeat
from server.jobs.worker import Worker, take
from tests.rig.servers.processes import eventually
from tests.server.jobs.hands import job_of


def test_a_long_handler_learns_that_it_lost_its_lease(here: Worker) -> None:
    with transaction(here.engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    job = take(here)
    assert job is not None
    work = Work(here.settings, here.engine, here.store, job, here.stop)
    work.progress(0.5)
    assert job_of(here, "plan").progress == 0.5
    work.lost.set()
    with pytest.raises(LeaseLost):
        work.progress(0.6)


@pytest.fixture
def work(here: Worker) -> Work:
    with transaction(here.engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    job = take(here)
    assert job is not None
    return Work(here.settings, here.engine, here.store, job, Event())


def test_progress_is_written_once_a_second_with_what_else_is_to_be_written(here: Worker, work: Work) -> None:
    also: list[datetime] = []
    for share in (0.1, 0.2, 0.3):
        work.progress(share, lambda _db, now: also.append(now))
    assert job_of(here, "plan").progress == 0.1
    work._written_at -= PROGRESS_EVERY_S
    work.progress(0.9)
    assert (job_of(here, "plan").progress, len(also)) == (0.9, 1)


def test_a_worker_that_lost_its_job_writes_no_progress(here: Worker, work: Work) -> None:
    with transaction(here.engine) as db:
        db.exec(update(Job).values(leased_by="another", attempts=2))
    work.progress(0.5, lambda _db, _now: pytest.fail("it is another's"))
    assert job_of(here, "plan").progress == 0.0
    with pytest.raises(LeaseLost), transaction(here.engine) as db:
        work.still_mine(db)


def test_a_worker_that_stops_is_more_urgent_than_all_else(work: Work) -> None:
    work.lost.set()
    work.stop.set()
    with pytest.raises(WorkerStops):
        work.progress(0.5)


def test_work_over_its_limit_is_given_up_at_its_next_progress(work: Work) -> None:
    work.limit_s = 60
    work.progress(0.5)
    work._began -= 61
    with pytest.raises(TookTooLong):
        work.progress(0.75)


def test_a_heartbeat_renews_the_lease_until_its_block_ends(here: Worker, work: Work) -> None:
    def lease() -> datetime | None:
        return job_of(here, "plan").leased_until

    before = lease()
    with heartbeat(work, lease_s=0.04):
        eventually(lambda: lease() != before, within_s=30, what="a new lease")
    after = lease()
    assert not work.lost.is_set()
    assert lease() == after


def test_a_heartbeat_notices_that_another_worker_has_the_job(here: Worker, work: Work) -> None:
    with transaction(here.engine) as db:
        db.exec(update(Job).values(leased_by="another", attempts=2))
    with heartbeat(work, lease_s=0.04):
        assert work.lost.wait(timeout=30)


def test_a_handler_that_hangs_loses_its_lease_in_the_end(work: Work) -> None:
    work.limit_s, hung = -SPARE_S, Event()
    with heartbeat(work, lease_s=0.04, hung=hung.set):
        assert hung.wait(timeout=30)
        assert work.lost.is_set()
