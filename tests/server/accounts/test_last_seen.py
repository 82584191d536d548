from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import TimeoutError as NoConnection

from server.accounts import last_seen
from server.accounts.last_seen import WRITE_EVERY_S, LastSeen, keep_last_seen
from server.accounts.models import PersonSession
from server.accounts.sessions import SEEN_EVERY
from server.db import reading, transaction
from server.db.errors import DatabaseBusy
from tests.factories import NOON, make_access


@pytest.fixture
def session(engine: Engine) -> PersonSession:
    with transaction(engine) as db:
        return db.get_one(PersonSession, make_access(db).session)


def seen_at(engine: Engine, session: PersonSession) -> datetime:
    with reading(engine) as db:
        return db.get_one(PersonSession, session.id).last_seen_at


def test_a_session_is_noted_only_when_its_row_is_minutes_old(session: PersonSession) -> None:
    seen = LastSeen()
    seen.note(session, session.last_seen_at + SEEN_EVERY - timedelta(seconds=1))
    assert seen.seen == {}
    seen.note(session, session.last_seen_at + SEEN_EVERY)
    assert seen.seen == {session.id: session.last_seen_at + SEEN_EVERY}


def test_noted_sessions_are_written_once(engine: Engine, session: PersonSession) -> None:
    seen, later = LastSeen(), session.last_seen_at + timedelta(hours=1)
    seen.note(session, later)
    seen.write(engine)
    assert (seen_at(engine, session), seen.seen) == (later, {})


def test_a_session_that_ended_meanwhile_stops_no_other_from_being_written(
    engine: Engine, session: PersonSession
) -> None:
    later = session.last_seen_at + timedelta(hours=1)
    seen = LastSeen()
    seen.seen = {"gone": later, session.id: later}
    seen.write(engine)
    assert seen_at(engine, session) == later


@pytest.mark.parametrize("error", [DatabaseBusy(), NoConnection("the pool is empty")])
def test_a_database_that_is_busy_ends_no_writing(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_engine: object) -> None:
        raise error

    monkeypatch.setattr(last_seen, "transaction", fail)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        seen.seen = {"session": NOON}
        if len(slept) == 3:
            raise KeyboardInterrupt

    seen = LastSeen()
    with pytest.raises(KeyboardInterrupt):
        keep_last_seen(seen, None, sleep)  # the engine is not reached
    assert slept == [WRITE_EVERY_S] * 3
