from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import psycopg.errors
import pytest
from sqlalchemy.exc import OperationalError

from server.db import make_engine
from server.runtime.disk import DiskFull, DiskSpace, full_disk_named, is_disk_full
from tests.rig.servers.disks import fill, small_disk


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "full"), True),
        (OSError(errno.EDQUOT, "over quota"), True),
        (OSError(errno.EACCES, "denied"), False),
        (OperationalError("INSERT", {}, psycopg.errors.DiskFull("could not extend file")), True),
        (OperationalError("INSERT", {}, psycopg.errors.LockNotAvailable("locked")), False),
        (sqlite3.OperationalError("database is locked"), False),
        (ValueError("anything"), False),
    ],
)
def test_an_error_of_a_full_disk_is_known_also_behind_another(error: Exception, full: bool) -> None:
    assert is_disk_full(error) is full
    behind = RuntimeError("it failed")
    behind.__cause__ = error
    assert is_disk_full(behind) is full
    with pytest.raises(DiskFull if full else type(error)), full_disk_named():
        raise error


def test_sqlite_on_a_full_disk_is_known(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", kilobytes=512) as folder:
        engine = make_engine(f"sqlite:///{folder / 'a.sqlite3'}")
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE t (x TEXT)")
        with fill(folder):
            with pytest.raises(OperationalError) as raised, engine.begin() as connection:
                connection.exec_driver_sql("INSERT INTO t VALUES (hex(randomblob(200000)))")
            assert is_disk_full(raised.value)
        engine.dispose()


@pytest.mark.parametrize(("free", "short"), [(0, True), (9, True), (10, False), (100, False)])
def test_a_disk_is_short_below_a_tenth(free: int, short: bool) -> None:
    assert DiskSpace(free, 100).is_short is short
