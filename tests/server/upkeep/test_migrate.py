from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Engine, MetaData, column, delete, event, insert, inspect, select, text, update

from server import migrations, tables
from server.allotment.models import Allotment
from server.coupons.models import LeasedClaim, LeasedState, Offer
from server.db import make_engine, reading
from server.screens.models import Screen
from server.settings import Settings
from server.timelines.models import PublishedDay, PublishedTimeline
from server.upkeep import migrate
from server.upkeep.migrate import NewerDatabase, UpgradeFailed, prepare_database, upgrade
from server.upkeep.upgrade_copy import NoCopyMade
from tests.factories import NOON
from tests.rig.full_tables import fill_every_table
from tests.rig.servers.postgres import fresh_database
from tests.rig.servers.processes import eventually

OLD = "0009"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a database without any table."""
    url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    if request.param == "postgresql":
        url = fresh_database(request.getfixturevalue("postgres_url"))
    return Settings(data_dir=tmp_path, database_url=url, secret_key="k" * 64)


def test_the_migrations_make_exactly_the_tables_of_the_code(empty: Settings) -> None:
    prepare_database(empty)
    engine = make_engine(empty.database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []
    engine.dispose()


def test_migrations_are_numbered_in_the_order_in_which_they_run() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    scripts = [*ScriptDirectory.from_config(config).walk_revisions()][::-1]
    assert [script.revision for script in scripts] == [f"{n:04}" for n in range(1, len(scripts) + 1)]
    assert [Path(script.path).name[:5] for script in scripts] == [f"{script.revision}_" for script in scripts]


def test_processes_that_start_together_take_turns(empty: Settings) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            prepare_database(empty)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_allotments_stay_the_same_when_they_are_written_in_columns(empty: Settings) -> None:
    """After the migration is reverted, rows are by booking again."""
    bookings = [["b", 7, "no_room", [[0, 10, 4], [20, 30, 2]]], ["a", 0, "", []], ["c", 3, "", [[5, 9, 3]]]]
    config, engine = alembic_config(empty)
    command.upgrade(config, "0009")
    with engine.begin() as connection:
        row = {"id": "digest", "bookings": json.dumps(bookings), "at": NOON}
        connection.execute(text("INSERT INTO allotment (id, bookings, created_at) VALUES (:id, :bookings, :at)"), row)
    command.upgrade(config, "head")
    with reading(engine) as db:
        [columns] = db.connection().execute(select(Allotment.columns)).scalars()
    assert columns == [["a", "b", "c"], [0, 7, 3], ["", "no_room", ""], [0, 0, 2, 3], [0, 10, 4, 20, 30, 2, 5, 9, 3]]
    command.downgrade(config, "0009")
    with engine.connect() as connection:
        [found] = connection.execute(select(column("bookings", JSON)).select_from(text("allotment"))).scalars()
    assert found == sorted(bookings)
    engine.dispose()


def test_pieces_at_boxes_are_in_the_stock_again_after_the_migration_is_reverted(empty: Settings) -> None:
    prepare_database(empty)
    config, engine = alembic_config(empty)
    fill_empty_tables(engine)
    with engine.begin() as connection:
        connection.execute(update(Offer).values(stock=9, stock_left=5))
        connection.execute(update(LeasedClaim).values(state=LeasedState.LEASED))
    command.downgrade(config, "0021")
    with engine.connect() as connection:
        assert connection.execute(select(Offer.stock_left)).scalars().all() == [6]
    engine.dispose()


def test_plays_are_also_checked_by_timelines_published_before_the_upgrade(empty: Settings) -> None:
    """A row of each day, and another where a later version has another table."""
    prepare_database(empty)
    config, engine = alembic_config(empty)
    fill_empty_tables(engine)
    with engine.begin() as connection:
        [screen_id] = connection.execute(select(Screen.id)).scalars()
        connection.execute(delete(PublishedTimeline))
        for version, digests in enumerate(("ab", "ab", "ac"), 1):
            days = [{"starts_ms": nth, "ends_ms": nth + 1, "digest": digest} for nth, digest in enumerate(digests)]
            facts = {"id": str(version), "screen_id": screen_id, "version": version, "etag": "", "basis": {}}
            manifest = {"slot_ms": 5000, "days": days}
            values = {**facts, "manifest": manifest, "published_at": NOON, "ends_at": NOON}
            connection.execute(insert(PublishedTimeline).values(values))
    command.downgrade(config, "0015")
    command.upgrade(config, "head")
    names = ("screen_id", "starts_ms", "version", "ends_ms", "digest")
    with engine.connect() as connection:
        found = connection.execute(select(*(getattr(PublishedDay, name) for name in names))).all()
    assert sorted(map(tuple, found)) == [
        (screen_id, 0, 1, 1, "a"),
        (screen_id, 1, 1, 2, "b"),
        (screen_id, 1, 3, 2, "c"),
    ]
    engine.dispose()


def test_every_migration_upgrades_and_downgrades_full_tables(empty: Settings) -> None:
    """At each revision every table has a row, and what a migration does not change is equal before and after."""
    config, engine = alembic_config(empty)
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    command.upgrade(config, revisions[0])
    for before, after in pairwise(revisions):
        fill_empty_tables(engine)
        filled = read_rows(engine)
        assert all(filled.values())
        command.upgrade(config, after)
        assert_shared_columns_equal(
            filled, read_rows(engine), f"up from {before}", but=SUMS if after == "0031" else set()
        )
    for after, before in pairwise(reversed(revisions)):
        fill_empty_tables(engine)
        filled = read_rows(engine)
        command.downgrade(config, before)
        assert_shared_columns_equal(
            filled, read_rows(engine), f"down from {after}", but=SUMS if after == "0031" else set()
        )
    engine.dispose()


def test_a_migration_that_leaves_dangling_references_changes_nothing(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite:///{tmp_path / 'a.sqlite3'}", secret_key="k" * 64)
    config, engine = alembic_config(settings)
    command.upgrade(config, "0009")
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.execute("PRAGMA foreign_keys=OFF")  # a row that some earlier fault left
        driver.execute("INSERT INTO service (id, player_id, screen_id, from_at) VALUES ('a', 'b', 'c', '2026-03-02')")
        driver.execute("PRAGMA foreign_keys=ON")
    with pytest.raises(RuntimeError, match="service -> player"):
        command.upgrade(config, "0010")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "0009"
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    engine.dispose()


# --- two processes, killed ones, older and newer software


@pytest.fixture
def old(empty: Settings) -> Settings:
    """A database of an older version, with a row in every table."""
    config, engine = alembic_config(empty)
    command.upgrade(config, OLD)
    fill_empty_tables(engine)
    engine.dispose()
    return empty


def revision_of(settings: Settings) -> str:
    engine = make_engine(settings.database_url)
    with engine.connect() as connection:
        found = str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
    engine.dispose()
    return found


def test_of_two_processes_one_upgrades_and_the_other_says_that_it_waits(
    old: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    upgrades, begun, may_end = [], threading.Event(), threading.Event()

    def upgrade_slowly(engine: Engine) -> None:
        upgrades.append(engine)
        begun.set()
        assert may_end.wait(60)
        upgrade(engine)

    monkeypatch.setattr(migrate, "upgrade", upgrade_slowly)
    caplog.set_level("INFO", logger=migrate.__name__)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(prepare_database, old, copy=False)
        assert begun.wait(60)
        second = pool.submit(prepare_database, old, copy=False)
        try:
            eventually(lambda: "waiting for it" in caplog.text, within_s=60, what="the second to say that it waits")
        finally:
            may_end.set()
        first.result(), second.result()
    assert len(upgrades) == 1


def test_an_upgrade_that_is_killed_leaves_the_database_as_it_was_and_is_done_the_next_time(old: Settings) -> None:
    config, engine = alembic_config(old)
    before, nth = read_rows(engine), 1
    engine.dispose()
    while upgrade_killed_at(old, nth):
        assert revision_of(old) == OLD
        assert read_rows(engine) == before
        engine.dispose()
        nth = nth * 3 + 1
    assert nth > 10
    prepare_database(old)
    assert revision_of(old) == ScriptDirectory.from_config(config).get_current_head()
    assert_shared_columns_equal(before, read_rows(engine), "after it was killed", but=SUMS)
    engine.dispose()


def upgrade_killed_at(settings: Settings, nth: int) -> bool:
    """Upgrade in a process that is killed before its nth statement; False if it came to its end."""
    pid = os.fork()
    if pid == 0:  # the child: nothing of pytest may run here
        statements = iter(range(1, 100_000))
        engine = make_engine(settings.database_url)

        @event.listens_for(engine, "before_cursor_execute")
        def die(*_call: object) -> None:
            if next(statements) == nth:
                os.kill(os.getpid(), signal.SIGKILL)

        upgrade(engine)
        os._exit(0)
    _pid, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def test_a_copy_is_made_before_an_upgrade_and_the_newest_three_stay(old: Settings) -> None:
    folder = old.data_dir / "upgrades"
    folder.mkdir()
    suffix = "sqlite3" if old.on_sqlite else "dump"
    for nth in range(4):
        (folder / f"before-upgrade-from-000{nth}.{suffix}").touch()
        os.utime(folder / f"before-upgrade-from-000{nth}.{suffix}", (nth, nth))
    prepare_database(old)
    copy = folder / f"before-upgrade-from-{OLD}.{suffix}"
    assert sorted(path.name[-len(suffix) - 5 : -len(suffix) - 1] for path in folder.iterdir()) == ["0002", "0003", OLD]
    assert copy.stat().st_mode & 0o777 == 0o600
    if old.on_sqlite:
        assert revision_of(old.model_copy(update={"database_url": f"sqlite:///{copy}"})) == OLD
    else:
        listed = subprocess.run(["pg_restore", "--list", copy], capture_output=True, text=True, check=True)
        assert "TABLE DATA public allotment" in listed.stdout


def test_a_database_of_this_version_is_not_copied(empty: Settings) -> None:
    prepare_database(empty)
    prepare_database(empty)
    assert not (empty.data_dir / "upgrades").exists()


def test_without_space_for_the_copy_nothing_is_upgraded_unless_it_is_forced(old: Settings) -> None:
    (old.data_dir / "upgrades").write_text("in the way")
    with pytest.raises(NoCopyMade, match="The reason: "):
        prepare_database(old)
    assert revision_of(old) == OLD
    prepare_database(old, copy=False)


def test_postgresql_without_its_tools_is_upgraded_with_a_warning(
    old: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if old.on_sqlite:
        pytest.skip("SQLite copies by itself")
    monkeypatch.setenv("PATH", "")
    prepare_database(old)
    assert "pg_dump is not installed" in caplog.text
    assert not [*(old.data_dir / "upgrades").iterdir()]


def test_a_failed_upgrade_names_the_copy_and_how_to_go_back(old: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_engine: Engine) -> None:
        raise RuntimeError("there is a bug in it")

    monkeypatch.setattr(migrate, "upgrade", fail)
    with pytest.raises(UpgradeFailed, match="there is a bug in it") as failed:
        prepare_database(old)
    assert f"before-upgrade-from-{OLD}" in failed.value.remedy
    assert revision_of(old) == OLD


def test_older_software_refuses_a_newer_database(empty: Settings) -> None:
    prepare_database(empty)
    engine = make_engine(empty.database_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(NewerDatabase, match="revision 9999"):
        prepare_database(empty)


def alembic_config(settings: Settings) -> tuple[Config, Engine]:
    config, engine = Config(), make_engine(settings.database_url)
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["engine"] = engine
    return config, engine


Rows = dict[str, list[dict[str, Any]]]

# Sums of rows of other tables, which 0031 removes: they are made anew by other keys.
SUMS = {"campaign_sum", "screen_sum", "settled_zone", "late_count"}


def fill_empty_tables(engine: Engine) -> None:
    empty = [name for name, rows in read_rows(engine).items() if not rows]
    if not empty:
        return
    with engine.begin() as connection:
        found = MetaData()
        found.reflect(connection, only=empty)  # and the tables to which they refer
        fill_every_table(connection, found)


def read_rows(engine: Engine) -> Rows:
    names = set(inspect(engine).get_table_names()) - {"alembic_version"}
    with engine.connect() as connection:
        read = {name: connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings() for name in names}
        return {name: [dict(row) for row in rows] for name, rows in read.items()}


def assert_shared_columns_equal(before: Rows, after: Rows, when: str, *, but: set[str]) -> None:
    for name in before.keys() & after.keys() - but:
        assert len(before[name]) == len(after[name]), f"{name} {when}"
        for old, new in zip(before[name], after[name], strict=True):
            shared = old.keys() & new.keys()
            assert {key: old[key] for key in shared} == {key: new[key] for key in shared}, f"{name} {when}"
