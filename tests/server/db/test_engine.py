from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import Engine, text

from server.db import make_engine, make_request_engine, reading, transaction
from server.db.engine import REQUEST_PATIENCE_S, STATEMENT_S
from server.db.errors import DatabaseBusy


def setting(engine: Engine, name: str) -> str:
    with engine.connect() as connection:
        shown = "PRAGMA" if engine.dialect.name == "sqlite" else "SHOW"
        return str(connection.exec_driver_sql(f"{shown} {name}").scalar_one())


def test_sqlite_writes_ahead_and_holds_to_its_foreign_keys(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    assert [setting(engine, name) for name in ("journal_mode", "foreign_keys", "synchronous")] == ["wal", "1", "1"]
    engine.dispose()


def test_on_postgres_the_waits_of_a_request_are_bounded(postgres_url: str) -> None:
    engine = make_request_engine(f"{postgres_url}/postgres")
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    waits = [setting(engine, name) for name in names]
    assert waits == [f"{REQUEST_PATIENCE_S * 1000:.0f}ms", f"{STATEMENT_S // 60}min", "10min"]
    engine.dispose()


def test_a_writer_takes_its_lock_at_once_and_readers_go_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    engine, other = make_engine(url), make_engine(url, patience_s=0.05)
    with transaction(engine) as db:
        db.connection()
        with reading(other) as reader:
            assert reader.connection().execute(text("SELECT 1")).scalar_one() == 1
        with pytest.raises(DatabaseBusy), transaction(other) as writer:
            writer.connection()
    engine.dispose()
    other.dispose()


def test_threads_that_write_at_once_lose_no_change(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'a.sqlite3'}")
    with transaction(engine) as db:
        db.connection().execute(text("CREATE TABLE count (n INTEGER)"))
        db.connection().execute(text("INSERT INTO count VALUES (0)"))
    together = Barrier(8)

    def add() -> None:
        together.wait()
        with transaction(engine) as db:
            n = db.connection().execute(text("SELECT n FROM count")).scalar_one()
            db.connection().execute(text("UPDATE count SET n = :n"), {"n": n + 1})

    threads = [Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(engine) as db:
        assert db.connection().execute(text("SELECT n FROM count")).scalar_one() == 8
    engine.dispose()
