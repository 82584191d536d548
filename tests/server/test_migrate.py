from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from server import tables
from server.db import make_engine
from server.migrate import prepare_database
from server.settings import Settings
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
