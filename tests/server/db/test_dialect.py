from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from server.db import transaction
from server.db.dialect import notify, on_postgres


def test_a_session_knows_its_database(db: Session, engine: Engine) -> None:
    assert on_postgres(db) == (engine.dialect.name == "postgresql")


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
