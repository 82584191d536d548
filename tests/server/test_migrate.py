from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import JSON, Engine, column, inspect, select, text

from server import migrations, tables
from server.db import make_engine, reading
from server.migrate import prepare_database
from server.settings import Settings
from server.timelines.models import Allotment
from tests.factories import NOON
from tests.rig.full_tables import fill_every_table
from tests.rig.postgres import fresh_database


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


def test_what_was_allotted_stays_when_it_is_written_in_columns(empty: Settings) -> None:
    """And is written by booking again by who goes back."""
    told = [["b", 7, "no_room", [[0, 10, 4], [20, 30, 2]]], ["a", 0, "", []], ["c", 3, "", [[5, 9, 3]]]]
    config, engine = alembic_config(empty)
    command.upgrade(config, "0009")
    with engine.begin() as connection:
        row = {"id": "digest", "bookings": json.dumps(told), "at": NOON}
        connection.execute(text("INSERT INTO allotment (id, bookings, created_at) VALUES (:id, :bookings, :at)"), row)
    command.upgrade(config, "head")
    with reading(engine) as db:
        [columns] = db.connection().execute(select(Allotment.columns)).scalars()
    assert columns == [["a", "b", "c"], [0, 7, 3], ["", "no_room", ""], [0, 0, 2, 3], [0, 10, 4, 20, 30, 2, 5, 9, 3]]
    command.downgrade(config, "0009")
    with engine.connect() as connection:
        [found] = connection.execute(select(column("bookings", JSON)).select_from(text("allotment"))).scalars()
    assert found == sorted(told)
    engine.dispose()


def test_every_migration_goes_down_and_up_over_a_row_in_every_table(empty: Settings) -> None:
    """On SQLite a table that others refer to is built anew: nothing may be lost or refused."""
    prepare_database(empty)
    config, engine = alembic_config(empty)
    with engine.begin() as connection:
        fill_every_table(connection)
    before = count_rows(engine)
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]  # newest first
    for revision in revisions[1:]:
        command.downgrade(config, revision)
    remaining = count_rows(engine)
    assert {name: before[name] for name in remaining} == remaining
    for revision in reversed(revisions):
        command.upgrade(config, revision)
    assert count_rows(engine) == before | dict.fromkeys(before.keys() - remaining.keys(), 0)
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


def alembic_config(settings: Settings) -> tuple[Config, Engine]:
    config, engine = Config(), make_engine(settings.database_url)
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["engine"] = engine
    return config, engine


def count_rows(engine: Engine) -> dict[str, int]:
    names = set(inspect(engine).get_table_names()) - {"alembic_version"}
    with engine.connect() as connection:
        count = "SELECT count(*) FROM"
        return {name: connection.exec_driver_sql(f'{count} "{name}"').scalar_one() for name in names}
