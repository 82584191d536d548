from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine

from server.db import make_engine, transaction
from server.db.dialect import notify
from server.db.wakeups import POLL_EVERY_S, Wakeups
from tests.rig.servers.ports import free_port


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def wakeups(engine: Engine, slept: list[float]) -> Iterator[Wakeups]:
    wakeups = Wakeups(engine, "liftcast_test", sleep=slept.append, at_most_s=30)
    yield wakeups
    wakeups.close()


def test_rows_that_were_written_before_the_first_wait_are_looked_for_at_once(
    wakeups: Wakeups, slept: list[float], engine: Engine
) -> None:
    wakeups.wait()
    assert slept == ([POLL_EVERY_S] if engine.dialect.name == "sqlite" else [])


def test_a_wait_ends_with_the_next_notice(wakeups: Wakeups, engine: Engine) -> None:
    """With the longest wait the test would run out of time."""
    for _ in range(3):
        wakeups.wait()
        with transaction(engine) as db:
            notify(db, "liftcast_test")
    wakeups.wait()


def test_a_connection_that_was_cut_is_opened_again(wakeups: Wakeups, slept: list[float], engine: Engine) -> None:
    wakeups.wait()
    if wakeups.listener is None:
        assert engine.dialect.name == "sqlite"
        return
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (wakeups.listener.info.backend_pid,))
    wakeups.wait()
    assert (slept, wakeups.listener) == ([1.0], None)
    wakeups.wait()
    assert wakeups.listener is not None


def test_a_database_that_is_away_is_looked_for_every_second(slept: list[float]) -> None:
    engine = make_engine(f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/none")
    wakeups = Wakeups(engine, "liftcast_test", sleep=slept.append)
    for _ in range(2):
        wakeups.wait()
    assert slept == [1.0, 1.0]
    wakeups.close()
    engine.dispose()
