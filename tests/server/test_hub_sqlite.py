from __future__ import annotations

from pathlib import Path

import gevent
import pytest
from sqlalchemy import Engine, text

from server.db import make_engine, transaction

WRITERS = 14  # more than gevent's pool has threads, fewer than the engine has connections


@pytest.fixture
def hub_engine(tmp_path: Path):
    engine = make_engine(f"sqlite:///{tmp_path / 'hub.sqlite3'}", in_hub=True)
    with transaction(engine) as db:
        db.connection().execute(text("CREATE TABLE stock (pieces INTEGER)"))
        db.connection().execute(text("INSERT INTO stock VALUES (0)"))
    yield engine
    engine.dispose()


def add_pieces(engine: Engine, *, fails: bool = False) -> None:
    with transaction(engine) as db:
        for _ in range(5):
            db.connection().execute(text("UPDATE stock SET pieces = pieces + 1"))
        if fails:
            raise RuntimeError("a view broke half-way")


def pieces(engine: Engine) -> int:
    with transaction(engine) as db:
        return db.connection().execute(text("SELECT pieces FROM stock")).scalar_one()


def test_more_writers_than_threads_all_get_their_turn(hub_engine):
    writers = [gevent.spawn(add_pieces, hub_engine) for _ in range(WRITERS)]
    gevent.joinall(writers, timeout=20, raise_error=True)
    assert all(writer.successful() for writer in writers)
    assert pieces(hub_engine) == WRITERS * 5


def test_a_writer_that_fails_or_is_killed_gives_its_turn_back(hub_engine):
    with pytest.raises(RuntimeError):
        add_pieces(hub_engine, fails=True)
    writers = [gevent.spawn(add_pieces, hub_engine) for _ in range(4)]
    gevent.sleep(0)
    gevent.killall(writers[:2])
    gevent.joinall(writers[2:], timeout=20, raise_error=True)
    assert pieces(hub_engine) >= 10
