from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, select

from server.db import Job, OutboxRow, enqueue, insert_once, lease_outbox, post, transaction


def test_the_same_work_waits_only_once(db: Session, now: datetime) -> None:
    enqueue(db, "plan", "venue", now=now)
    enqueue(db, "plan", "venue", now=now)
    assert len(db.exec(select(Job)).all()) == 1


def test_a_push_is_leased_to_one_reader_and_due_again_when_that_reader_dies(engine: Engine, now: datetime) -> None:
    with transaction(engine) as db:
        post(db, "stage", "screen", {"version": 1}, now=now)
    with transaction(engine) as db:
        assert len(lease_outbox(db, now=now)) == 1
    with transaction(engine) as db:
        assert lease_outbox(db, now=now) == []
        assert len(lease_outbox(db, now=now + timedelta(seconds=11))) == 1


def test_what_is_rolled_back_is_never_pushed(engine: Engine, now: datetime) -> None:
    try:
        with transaction(engine) as db:
            post(db, "stage", "screen", {}, now=now)
            raise LookupError
    except LookupError:
        pass
    with transaction(engine) as db:
        assert db.exec(select(OutboxRow)).all() == []


def test_a_row_is_inserted_once(db: Session, now: datetime) -> None:
    job = Job(kind="plan", unique_key="plan:venue", run_at=now, created_at=now)
    again = Job(kind="plan", unique_key="plan:venue", run_at=now, created_at=now)
    assert [insert_once(db, job), insert_once(db, again)] == [True, False]
