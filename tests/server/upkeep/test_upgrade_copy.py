"""Before an upgrade the whole database is copied, readable by nobody else, or the upgrade does not begin."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from server.settings import Settings
from server.upkeep import upgrade_copy
from server.upkeep.upgrade_copy import COPIES_KEPT, NoCopyMade, copy_before_upgrade, how_to_go_back

PASSWORD = "p@ss:/%ü $(id)'"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder whose name a shell or a URL would misread."""
    path = tmp_path / "Daten 数据 %20 'x'"
    path.mkdir()
    return path


@pytest.fixture
def url(folder: Path) -> URL:
    return URL.create("sqlite", database=str(folder / "liftcast.sqlite3"))


@pytest.fixture
def database(url: URL) -> Iterator[sqlite3.Connection]:
    """A database that a running server writes: its newest rows are in the write-ahead log alone."""
    with closing(sqlite3.connect(str(url.database), isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("CREATE TABLE venue (name TEXT)")
        connection.execute("INSERT INTO venue VALUES ('汇丰大厦')")
        yield connection


@pytest.fixture
def copy(folder: Path, url: URL, database: sqlite3.Connection) -> Callable[..., Path]:
    def make(revision: str = "0009") -> Path:
        made = copy_before_upgrade(settings_of(folder, "sqlite:///"), url, revision)
        assert made is not None
        return made

    return make


def settings_of(folder: Path, database_url: str) -> Settings:
    return Settings(data_dir=folder, database_url=database_url, secret_key="k" * 64)


def names_in(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return [name for (name,) in connection.execute("SELECT name FROM venue ORDER BY rowid")]


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "upgrades").iterdir())


def test_the_copy_has_rows_that_are_in_the_log_alone(copy: Callable[..., Path], folder: Path) -> None:
    made = copy("0012")
    assert made == folder / "upgrades" / "before-upgrade-from-0012.sqlite3"
    assert names_in(made) == ["汇丰大厦"]


def test_the_copy_has_no_half_of_a_transaction(copy: Callable[..., Path], database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO venue VALUES ('half')")
    assert names_in(copy()) == ["汇丰大厦"]
    database.execute("COMMIT")
    assert names_in(copy()) == ["汇丰大厦", "half"]


def test_nobody_else_can_read_the_copy(copy: Callable[..., Path]) -> None:
    before = os.umask(0)
    try:
        made = copy()
    finally:
        os.umask(before)
    assert (made.stat().st_mode & 0o777, made.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_second_copy_of_one_revision_takes_the_place_of_the_first(
    copy: Callable[..., Path], database: sqlite3.Connection, folder: Path
) -> None:
    copy()
    database.execute("INSERT INTO venue VALUES ('new')")
    assert names_in(copy()) == ["汇丰大厦", "new"]
    assert listed(folder) == ["before-upgrade-from-0009.sqlite3"]


def test_the_oldest_copies_are_removed_and_other_files_stay(copy: Callable[..., Path], folder: Path) -> None:
    others = ["before-upgrade-from-0001.dump", "notes.sqlite3"]
    (folder / "upgrades").mkdir()
    for other in others:
        (folder / "upgrades" / other).touch()
        os.utime(folder / "upgrades" / other, (0, 0))
    for age, revision in enumerate(("0004", "0003", "0002", "0001")):  # the oldest has the greatest number
        os.utime(copy(revision), (1000 + age, 1000 + age))
    made = copy("0009")
    assert COPIES_KEPT == 3
    assert listed(folder) == sorted([*others, *(f"before-upgrade-from-{n}.sqlite3" for n in ("0001", "0002", "0009"))])
    assert names_in(made) == ["汇丰大厦"]


# --- no copy


def test_a_process_that_is_killed_leaves_no_copy_and_hinders_none(
    copy: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = os.fork()
    if pid == 0:  # the child: nothing of pytest may run here
        upgrade_copy.os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[assignment]
        copy()
        os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)
    assert listed(folder) == ["before-upgrade-from-0009.part"]
    assert names_in(copy()) == ["汇丰大厦"]
    assert listed(folder) == ["before-upgrade-from-0009.sqlite3"]


def test_a_copy_that_fails_leaves_the_one_before(
    copy: Callable[..., Path], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = copy()
    monkeypatch.setattr(upgrade_copy.os, "replace", full_disk)
    with pytest.raises(NoCopyMade, match=r"No space left on device.*") as error:
        copy()
    assert "--no-copy" in error.value.remedy
    assert (listed(folder), names_in(made)) == ([made.name], ["汇丰大厦"])


def full_disk(*_paths: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("content", [b"this is no database" * 100, b"SQLite format 3\x00" + bytes(84)])
def test_a_file_that_is_no_database_is_not_copied(folder: Path, url: URL, content: bytes) -> None:
    Path(str(url.database)).write_bytes(content)
    with pytest.raises(NoCopyMade, match="The reason: "):
        copy_before_upgrade(settings_of(folder, "sqlite:///"), url, "0009")
    assert listed(folder) == []


def test_a_database_that_is_cut_off_is_not_copied(
    copy: Callable[..., Path], database: sqlite3.Connection, folder: Path, url: URL
) -> None:
    database.executemany("INSERT INTO venue VALUES (?)", [("x" * 1000,)] * 100)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    os.truncate(str(url.database), 4096 * 10)
    with pytest.raises(NoCopyMade, match="malformed"):
        copy()
    assert listed(folder) == []


# --- PostgreSQL's own tool


@pytest.fixture
def dump(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path | None]:
    """Copies a database of PostgreSQL with a program in the place of pg_dump, which ends with this line."""
    address = URL.create(
        "postgresql+psycopg", "li ft", PASSWORD, "db.example.org", 5433, "lift%cast", {"sslmode": "require"}
    )

    def make(last: str) -> Path | None:
        program = tmp_path / "pg_dump"
        program.write_text(
            f"#!/usr/bin/env python3\nimport json, os, sys\nout = {str(tmp_path / 'call.json')!r}\n"
            f"json.dump([sys.argv[1:], os.environ.get('PGPASSWORD')], open(out, 'w'))\n{last}\n"
        )
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        return copy_before_upgrade(settings_of(folder, address.render_as_string(hide_password=False)), address, "0009")

    return make


WRITES = "open([a for a in sys.argv if a.startswith('--file=')][0][7:], 'w').write('dumped')"


def test_the_password_of_postgresql_is_in_no_argument(dump: Callable[[str], Path | None], tmp_path: Path) -> None:
    made = dump(WRITES)
    arguments, password = json.loads((tmp_path / "call.json").read_text())
    assert password == PASSWORD
    address = make_url(arguments[-1])
    assert (address.username, address.password, address.database) == ("li ft", None, "lift%cast")
    assert (address.host, address.port, address.query) == ("db.example.org", 5433, {"sslmode": "require"})
    assert not [argument for argument in arguments if "ss:" in argument or "p%40" in argument]
    assert made is not None
    assert (made.name, made.read_text(), made.stat().st_mode & 0o777) == (
        "before-upgrade-from-0009.dump",
        "dumped",
        0o600,
    )


def test_a_dump_that_breaks_off_is_no_copy_and_does_not_stop_the_upgrade(
    dump: Callable[[str], Path | None], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert dump(f"{WRITES}; sys.exit('pg_dump: connection lost\\nand more')") is None
    assert "no copy before the upgrade: pg_dump: connection lost" in caplog.text
    assert listed(folder) == []


# --- going back


def test_going_back_names_the_files_of_this_database(copy: Callable[..., Path], folder: Path, url: URL) -> None:
    made = copy()
    steps = how_to_go_back(settings_of(folder, "sqlite:///"), url, made)
    assert f"remove {url.database}-wal and {url.database}-shm, copy {made} over {url.database}" in steps
    postgres = how_to_go_back(settings_of(folder, "postgresql://db/x"), make_url("postgresql://db/x"), made)
    assert f"restore {made} with pg_restore --clean" in postgres
    assert "the version that ran before" in how_to_go_back(settings_of(folder, "sqlite:///"), url, None)


def test_the_database_of_before_is_back_after_these_steps(
    copy: Callable[..., Path], database: sqlite3.Connection, url: URL
) -> None:
    made = copy()
    database.execute("DELETE FROM venue")
    database.close()
    for end in ("-wal", "-shm"):
        Path(f"{url.database}{end}").unlink(missing_ok=True)
    Path(str(url.database)).write_bytes(made.read_bytes())
    assert names_in(Path(str(url.database))) == ["汇丰大厦"]
