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
from sqlalchemy import JSON, column, select, text

from server import migrations, tables
from server.db import make_engine, reading
from server.migrate import prepare_database
from server.settings import Settings
from server.timelines.models import Allotment
from tests.factories import NOON
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
    config, engine = Config(), make_engine(empty.database_url)
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["engine"] = engine
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
