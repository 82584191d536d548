from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from server.db import Job, OutboxRow, enqueue, insert_once, lease_outbox, make_engine, post, transaction
from server.jobs.queue import take_job
from server.write_queue import DatabaseBusy


@pytest.fixture
def impatient(database_url: str) -> Iterator[Engine]:
    """Another process, which gives up at once where it would have to wait for a lock."""
    engine = make_engine(database_url)
    patience = "PRAGMA busy_timeout = 50" if engine.dialect.name == "sqlite" else "SET lock_timeout = '50ms'"

    @event.listens_for(engine, "connect")
    def lose_patience(connection: Any, _record: object) -> None:
        with closing(connection.cursor()) as cursor:
            cursor.execute(patience)
        connection.commit()

    yield engine
    engine.dispose()


def test_the_same_work_waits_only_once(db: Session, now: datetime) -> None:
    enqueue(db, "plan", "venue", now=now)
    enqueue(db, "plan", "venue", now=now)
    assert len(db.exec(select(Job)).all()) == 1


def test_a_waiting_job_is_not_taken_before_the_change_that_counts_on_it_stands(
    engine: Engine, impatient: Engine, now: datetime
) -> None:
    with transaction(engine) as db:
        enqueue(db, "plan", "venue", now=now)
    with transaction(engine) as changing:
        enqueue(changing, "plan", "venue", now=now)
        with pytest.raises(DatabaseBusy), transaction(impatient) as db:
            take_job(db, worker="worker", now=now)
    with transaction(impatient) as db:
        assert take_job(db, worker="worker", now=now)


def test_work_that_is_queued_again_runs_at_the_earlier_time(db: Session, now: datetime) -> None:
    for delay_s in (60, 5, 60):
        enqueue(db, "plan", "venue", now=now, delay_s=delay_s)
    assert [job.run_at for job in db.exec(select(Job))] == [now + timedelta(seconds=5)]


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


def test_an_error_does_not_tell_what_was_asked_for(engine: Engine) -> None:
    with pytest.raises(DBAPIError) as caught, transaction(engine) as db:
        db.connection().execute(text("SELECT 1 FROM nothing WHERE token = :token"), {"token": "a-secret"})
    assert "a-secret" not in str(caught.value)
