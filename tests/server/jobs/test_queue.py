from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from server.db import Job, JobState, enqueue, transaction
from server.jobs import queue
from tests.rig.phones.racing import race


def later(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def take(db: Session, now: datetime, worker: str = "one", **more: Any) -> Job | None:
    return queue.take_job(db, worker=worker, now=now, lease_s=60, **more)


def taken(db: Session, now: datetime, worker: str = "one") -> Job:
    job = take(db, now, worker)
    assert job is not None
    return job


def test_of_two_workers_one_gets_the_job(engine: Engine, now: datetime) -> None:
    for _ in range(5):
        with transaction(engine) as db:
            enqueue(db, "plan", "venue", now=now)
        won = race(engine, [lambda db, name=name: take(db, now, name) for name in ("one", "two", "three")])
        assert len([job for job in won if job]) == 1
        with transaction(engine) as db:
            assert queue.finish(db, next(job for job in won if job), now=now)


def test_two_rows_of_the_same_work_are_not_done_at_once(engine: Engine, now: datetime) -> None:
    with transaction(engine) as db:
        enqueue(db, "plan", "venue", now=now, once=False)
        enqueue(db, "plan", "venue", now=now, once=False)
    won = race(engine, [lambda db, name=name: take(db, now, name) for name in ("one", "two")])
    assert len([job for job in won if job]) == 1
    with transaction(engine) as db:
        assert take(db, now) is None
        assert queue.finish(db, next(job for job in won if job), now=now)
        assert take(db, now) is not None


def test_a_change_during_the_run_queues_the_work_again(db: Session, now: datetime) -> None:
    enqueue(db, "plan", "venue", now=now)
    first = taken(db, now)
    enqueue(db, "plan", "venue", now=now)
    assert take(db, now) is None
    queue.finish(db, first, now=now)
    assert taken(db, now).id != first.id


def test_of_the_failures_of_one_piece_of_work_the_newest_stays(db: Session, now: datetime) -> None:
    for subject in ("venue", "another", "venue"):
        enqueue(db, "plan", subject, now=now)
        assert queue.give_up(db, taken(db, now), f"{subject} broke", now=now)
    failed = db.exec(select(Job.subject).where(Job.state == JobState.FAILED).order_by(Job.subject))
    assert list(failed) == ["another", "venue"]


def test_the_job_that_is_due_longest_goes_first_and_none_before_its_time(db: Session, now: datetime) -> None:
    enqueue(db, "plan", "second", now=now)
    enqueue(db, "plan", "first", now=later(now, -5))
    enqueue(db, "plan", "tomorrow", now=now, delay_s=86400)
    assert [taken(db, now).subject, taken(db, now).subject, take(db, now)] == ["first", "second", None]


def test_a_worker_takes_only_its_kinds(db: Session, now: datetime) -> None:
    enqueue(db, "renditions", "creative", now=now)
    assert take(db, now, kinds={"plan"}) is None
    assert not queue.any_due(db, now=now, kinds={"plan"})
    assert queue.any_due(db, now=now, kinds={"renditions"})
    assert take(db, now, kinds={"renditions"}) is not None


def test_a_job_whose_worker_died_is_due_again_when_the_lease_lapses(db: Session, now: datetime) -> None:
    enqueue(db, "renditions", "creative", now=now)
    first = taken(db, now, "dead")
    assert take(db, later(now, 59), "next") is None
    second = taken(db, later(now, 61), "next")
    assert (second.id, second.attempts, second.leased_by) == (first.id, 2, "next")


def test_a_heartbeat_renews_the_lease(db: Session, now: datetime) -> None:
    enqueue(db, "renditions", "creative", now=now)
    job = taken(db, now)
    assert queue.keep_lease(db, job, now=later(now, 50), lease_s=60)
    assert take(db, later(now, 100), "next") is None


def test_a_worker_that_lost_its_lease_can_write_nothing(db: Session, now: datetime) -> None:
    enqueue(db, "renditions", "creative", now=now)
    slow = taken(db, now, "slow")
    db.expunge(slow)
    taken(db, later(now, 61), "quick")
    assert not queue.keep_lease(db, slow, now=later(now, 62))
    assert not queue.note_progress(db, slow, 0.5)
    assert not queue.finish(db, slow, now=later(now, 62))
    assert not queue.give_up(db, slow, "too late", now=later(now, 62))


def test_a_failed_job_waits_longer_after_each_attempt(db: Session, now: datetime) -> None:
    enqueue(db, "plan", "venue", now=now)
    assert queue.try_later(db, taken(db, now), "busy", now=now)
    assert take(db, later(now, 4)) is None
    second = taken(db, later(now, 5))
    assert queue.try_later(db, second, "busy", now=now)
    assert take(db, later(now, 19)) is None
    assert queue.attempts_used_up(taken(db, later(now, 20)))


def test_a_job_handed_back_is_due_at_once_and_costs_no_attempt(db: Session, now: datetime) -> None:
    enqueue(db, "plan", "venue", now=now)
    queue.hand_back(db, taken(db, now), now=now)
    assert taken(db, now).attempts == 1


def test_a_job_that_kills_every_worker_is_taken_to_be_buried(db: Session, now: datetime) -> None:
    enqueue(db, "renditions", "creative", now=now)
    for attempt in range(queue.MOST_ATTEMPTS):
        taken(db, later(now, 61 * attempt))
    after = later(now, 61 * queue.MOST_ATTEMPTS)
    assert take(db, after) is None
    assert queue.any_worn_out(db, now=after)
    dead = queue.take_worn_out(db, worker="digger", now=after)
    assert dead is not None
    assert queue.give_up(db, dead, "worker died", now=after)
    assert not queue.any_worn_out(db, now=later(after, 3600))


def test_a_periodic_job_is_queued_once_a_period_for_any_number_of_workers(engine: Engine, now: datetime) -> None:
    queued = race(engine, [lambda db: queue.schedule(db, "sweep", every_s=60, now=now)] * 4)
    assert sorted(queued) == [False, False, False, True]
    with transaction(engine) as db:
        queue.finish(db, taken(db, now), now=now)
        assert not queue.schedule(db, "sweep", every_s=60, now=later(now, 59))
        assert queue.schedule(db, "sweep", every_s=60, now=later(now, 60))


def test_old_ends_are_forgotten_failures_later(db: Session, now: datetime) -> None:
    for subject in ("done", "failed", "waiting"):
        enqueue(db, "plan", subject, now=now)
    queue.finish(db, taken(db, now), now=now)
    queue.give_up(db, taken(db, now), "no", now=now)
    tomorrow = later(now, 86400)
    assert queue.forget_finished(db, done_before=tomorrow, failed_before=now) == 1
    assert {job.state for job in db.exec(select(Job))} == {"failed", "waiting"}
