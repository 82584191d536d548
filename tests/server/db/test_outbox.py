from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import select

from server.db import OutboxRow, lease_outbox, post, transaction


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
