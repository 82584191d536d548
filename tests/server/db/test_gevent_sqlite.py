"""SQLite under gevent: writers take turns as greenlets, and the hub goes on.

Covers: server.db.greenlets
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import gevent
import pytest
from sqlalchemy import Engine, text

from server.db import make_engine, reading, transaction
from server.db.errors import DatabaseBusy
from server.db.gevent_sqlite import BRIEF_ROWS, CHECKPOINT_EVERY
from server.db.greenlets import GREENLETS
from tests.rig.servers.held_lock import held_lock

WRITERS = 14  # more than gevent's pool has threads, fewer than the engine has connections
READERS = 12


@pytest.fixture
def hub_engine(tmp_path: Path):
    engine = make_engine(f"sqlite:///{tmp_path / 'hub.sqlite3'}", concurrency=GREENLETS)
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


def read_pieces(engine: Engine) -> int:
    with reading(engine) as db:
        return db.connection().execute(text("SELECT pieces FROM stock")).scalar_one()


def test_more_writers_than_threads_all_get_their_turn(hub_engine):
    writers = [gevent.spawn(add_pieces, hub_engine) for _ in range(WRITERS)]
    gevent.joinall(writers, timeout=20, raise_error=True)
    assert all(writer.successful() for writer in writers)
    assert read_pieces(hub_engine) == WRITERS * 5


def test_a_writer_that_fails_or_is_killed_gives_its_turn_back(hub_engine):
    with pytest.raises(RuntimeError):
        add_pieces(hub_engine, fails=True)
    writers = [gevent.spawn(add_pieces, hub_engine) for _ in range(4)]
    gevent.sleep(0)
    gevent.killall(writers[:2])
    gevent.joinall(writers[2:], timeout=20, raise_error=True)
    assert read_pieces(hub_engine) >= 10


def test_readers_and_the_hub_go_on_while_writers_wait_for_a_stuck_one(tmp_path):
    """Another process has the file locked; afterwards everybody goes on."""
    url = f"sqlite:///{tmp_path / 'stuck.sqlite3'}"
    engine = make_engine(url, concurrency=GREENLETS, patience_s=0.2)
    with transaction(engine) as db:
        db.connection().execute(text("CREATE TABLE stock (id TEXT, pieces INTEGER)"))
        db.connection().execute(text("INSERT INTO stock VALUES ('a', 0)"))
    with held_lock(url, "stock", "a"):
        writers = [gevent.spawn(add_pieces, engine) for _ in range(3 * WRITERS)]
        readers = [gevent.spawn(read_pieces, engine) for _ in range(READERS)]
        gevent.joinall(readers, timeout=20, raise_error=True)
        assert {reader.value for reader in readers} == {0}
        gevent.killall(writers[:5])
        gevent.joinall(writers, timeout=20)
    assert {type(writer.exception) for writer in writers[5:]} == {DatabaseBusy}
    add_pieces(engine)
    assert read_pieces(engine) == 5
    engine.dispose()


def test_a_writer_that_has_the_lock_does_not_wait_for_the_hub(hub_engine):
    """A busy hub would multiply its lag by the number of statements, and every other writer would wait as long."""
    ran: list[str] = []

    def write(name: str) -> None:
        add_pieces(hub_engine)
        ran.append(name)

    def compute() -> None:
        gevent.sleep(0)
        ran.append("others")

    tasks = [gevent.spawn(write, "first"), *(gevent.spawn(compute) for _ in range(3)), gevent.spawn(write, "second")]
    gevent.joinall(tasks, timeout=20, raise_error=True)
    assert ran == ["first", "second", "others", "others", "others"]


def test_a_brief_reading_runs_in_the_hub_and_another_one_leaves_it_free(hub_engine):
    for brief, interrupted in ((True, False), (False, True)):
        ran: list[str] = []
        other = gevent.spawn(ran.append, "other")
        with reading(hub_engine, brief=brief) as db:
            db.connection().execute(text("SELECT pieces FROM stock")).scalar_one()
            assert bool(ran) == interrupted
        other.join()


def test_a_writer_waits_as_a_greenlet_until_another_process_gives_the_lock_back(tmp_path):
    url = f"sqlite:///{tmp_path / 'locked.sqlite3'}"
    engine = make_engine(url, concurrency=GREENLETS)
    with transaction(engine) as db:
        db.connection().execute(text("CREATE TABLE stock (id TEXT, pieces INTEGER)"))
        db.connection().execute(text("INSERT INTO stock VALUES ('a', 0)"))
    with held_lock(url, "stock", "a"):
        writer = gevent.spawn(add_pieces, engine)
        assert read_pieces(engine) == 0
        assert not writer.ready()
    writer.get(timeout=20)
    assert read_pieces(engine) == 5
    engine.dispose()


def test_the_log_is_copied_into_the_file_now_and_then(hub_engine, tmp_path):
    """SQLite would do so inside a commit, and the hub would wait for the disk."""
    for _ in range(CHECKPOINT_EVERY + 1):
        add_pieces(hub_engine)
    (tmp_path / "copy.sqlite3").write_bytes((tmp_path / "hub.sqlite3").read_bytes())
    with sqlite3.connect(tmp_path / "copy.sqlite3") as copy:
        [[pieces]] = copy.execute("SELECT pieces FROM stock")
    assert pieces >= 5 * (CHECKPOINT_EVERY - 1)


@pytest.mark.parametrize(("rows", "interrupted"), [(BRIEF_ROWS, False), (BRIEF_ROWS + 1, True)])
def test_only_very_many_rows_at_once_leave_the_hub(hub_engine, rows: int, interrupted: bool):
    ran: list[str] = []
    other = gevent.spawn(ran.append, "other")
    with transaction(hub_engine) as db:
        pieces = [{"pieces": number} for number in range(rows)]
        db.connection().execute(text("INSERT INTO stock VALUES (:pieces)"), pieces)
        assert bool(ran) == interrupted
    other.join()
