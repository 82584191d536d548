from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from server.db import OutboxRow, Topic, lease_outbox, post, transaction
from server.db.wakeups import Wakeups


def test_a_push_is_leased_to_one_reader_and_due_again_when_that_reader_dies(engine: Engine, now: datetime) -> None:
    with transaction(engine) as db:
        post(db, "stage", "screen", {"version": 1}, now=now)
    with transaction(engine) as db:
        assert len(lease_outbox(db, now=now)) == 1
    with transaction(engine) as db:
        assert lease_outbox(db, now=now) == []
        assert len(lease_outbox(db, now=now + timedelta(seconds=11))) == 1


def test_a_push_that_is_rolled_back_is_never_sent(engine: Engine, now: datetime) -> None:
    try:
        with transaction(engine) as db:
            post(db, "stage", "screen", {}, now=now)
            raise LookupError
    except LookupError:
        pass
    with transaction(engine) as db:
        assert db.exec(select(OutboxRow)).all() == []


def test_a_push_wakes_the_processes_that_wait_for_one(engine: Engine, now: datetime) -> None:
    """With the longest wait the test would run out of time."""
    wakeups = Wakeups(engine, "liftcast_outbox", sleep=lambda _s: None, at_most_s=30)
    wakeups.wait()
    with transaction(engine) as db:
        post(db, Topic.STAGE, "screen", {"version": 1}, now=now)
    wakeups.wait()
    wakeups.close()
    with transaction(engine) as db:
        assert [row.message for row in lease_outbox(db, now=now)] == [{"version": 1}]
