from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from server.db import from_ms, transaction
from server.db.dialect import epoch_ms, notify, on_postgres
from server.screens.models import Venue
from tests.factories import make_venue


def test_a_session_knows_its_database(db: Session, engine: Engine) -> None:
    assert on_postgres(db) == (engine.dialect.name == "postgresql")


@pytest.mark.parametrize("ms", [0, 1_772_452_799_999, 1_772_452_800_000, 1_772_452_800_001, 4_102_444_800_250])
def test_instants_are_counted_in_milliseconds_by_both_databases(db: Session, ms: int) -> None:
    make_venue(db, created_at=from_ms(ms))
    assert db.exec(select(epoch_ms(db, Venue.created_at))).one() == ms


def fail(engine: Engine) -> None:
    with transaction(engine) as db:
        notify(db, "liftcast_test")
        raise LookupError


def test_listeners_are_woken_when_the_change_is_committed_and_not_before(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        with transaction(engine) as db:
            notify(db, "liftcast_test")
        return
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as listener:
        listener.execute("LISTEN liftcast_test")
        with pytest.raises(LookupError):
            fail(engine)
        with transaction(engine) as db:
            notify(db, "liftcast_test")
            assert list(listener.notifies(timeout=0)) == []
        assert len(list(listener.notifies(timeout=10, stop_after=1))) == 1
