from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from server.db import Job, enqueue, make_engine, transaction
from server.db.errors import DatabaseBusy
from server.jobs.queue import take_job


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


def test_a_waiting_job_is_not_taken_before_the_change_that_needs_it_is_committed(
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
