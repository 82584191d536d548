from __future__ import annotations

import errno
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from media.store import MediaStore
from server.db import OutboxRow, make_engine, reading
from server.http.readiness import (
    CACHED_S,
    FULL,
    NO_FILES,
    NO_TABLES,
    Readiness,
    database_trouble,
    files_trouble,
)


@pytest.fixture
def now_s() -> list[float]:
    return [100.0]


def test_a_server_that_can_write_has_no_troubles_and_leaves_nothing_behind(engine: Engine, store: MediaStore) -> None:
    assert Readiness().troubles(engine, store) == []
    with reading(engine) as db:
        assert db.exec(select(OutboxRow)).all() == []
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_it_is_tried_once_in_some_seconds(
    engine: Engine, store: MediaStore, now_s: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = Readiness(clock=lambda: now_s[0])
    assert ready.troubles(engine, store) == []
    monkeypatch.setattr("server.http.readiness.database_trouble", lambda _engine: "broken")
    now_s[0] += CACHED_S - 0.1
    assert ready.troubles(engine, store) == []
    now_s[0] += 0.1
    assert ready.troubles(engine, store) == ["broken"]


def test_while_one_request_tries_others_get_what_was_found_before(
    engine: Engine, store: MediaStore, now_s: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, meanwhile = Readiness(clock=lambda: now_s[0]), list[list[str]]()
    ready.troubles(engine, store)
    now_s[0] += CACHED_S
    monkeypatch.setattr(
        "server.http.readiness.database_trouble",
        lambda _engine: meanwhile.append(ready.troubles(engine, store)) or "broken",
    )
    assert ready.troubles(engine, store) == ["broken"]
    assert meanwhile == [[]]


def test_a_database_without_tables_is_named(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert database_trouble(engine) == NO_TABLES
    engine.dispose()


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), FULL.format(part="media folder")),
        (PermissionError(errno.EACCES, "Permission denied"), NO_FILES),
        (FileNotFoundError(errno.ENOENT, "No such file"), NO_FILES),
    ],
)
def test_a_media_folder_that_takes_no_writes_is_named_with_the_remedy(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch, error: OSError, trouble: str
) -> None:
    def fail(_bytes: int) -> None:
        raise error

    monkeypatch.setattr(store, "try_write", fail)
    assert files_trouble(store) == trouble
