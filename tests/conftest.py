"""Fixtures that all tests share. Every test that touches a database runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from media.store import MediaStore
from server import tables
from server.db import make_engine, transaction
from server.settings import Settings
from server.upkeep.migrate import upgrade
from tests.rig.examples import seed_by_name, use_the_same_examples
from tests.rig.servers.postgres import running_postgres
from tests.rig.servers.processes import Process

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LOG_CHARS = 6000
JOURNEYS, PLAYER, LONG = (Path(__file__).parent / name for name in ("journeys", "player", "long"))

use_the_same_examples()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each command of the Makefile collects the folders of its own tests: elsewhere, a test would never run."""
    for item in items:
        if not is_collected(item):
            raise pytest.UsageError(f"{item.nodeid} would never run: its marks and its folder do not fit together")


def is_collected(item: pytest.Item) -> bool:
    journey = bool(item.get_closest_marker("journey") or item.get_closest_marker("vlc"))
    long = bool(item.get_closest_marker("long"))
    if item.path.is_relative_to(LONG):
        return long
    if item.path.is_relative_to(JOURNEYS):
        return journey and not long
    return not long and (not journey or item.path.is_relative_to(PLAYER))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Processes that ended before a test have no part in it, and its examples are its own."""
    seed_by_name(item)
    Process.started[:] = [process for process in Process.started if process.running]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows the output of the processes beside it, and of their children."""
    report = yield
    if report.failed:
        logs = {log for process in Process.started for log in process.log.parent.rglob("*.log")}
        outputs = ((log, log.read_text(errors="replace")) for log in sorted(logs))
        report.sections += [(f"{log.parent.name}/{log.name}", text[-LOG_CHARS:]) for log, text in outputs if text]
    return report


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with running_postgres() as url:
        yield url


ENGINES: dict[tuple[str, str], Engine] = {}


def engine_at(url: str, whose: str = "test") -> Engine:
    """One for each database and all tests: what it compiled and connected for one serves the next."""
    if (url, whose) not in ENGINES:
        ENGINES[url, whose] = make_engine(url)
    return ENGINES[url, whose]


@pytest.fixture(scope="session")
def _postgres_engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(f"{postgres_url}/postgres")
    upgrade(engine)
    yield engine
    engine.dispose()
    for (url, _whose), used in ENGINES.items():
        if url.startswith(postgres_url):
            used.dispose()


@pytest.fixture(scope="session")
def _sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database to copy: quicker than migrating for every test."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.sqlite3"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()  # the last connection that closes leaves everything in the one file
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database with every table, of each kind in turn, where the one before it was."""
    if request.param == "sqlite":
        empty: Path = request.getfixturevalue("_sqlite_file")
        path = empty.with_name("test.sqlite3")
        shutil.copyfile(empty, path)
        yield f"sqlite:///{path}"
        for (url, _whose), used in ENGINES.items():
            if url.startswith("sqlite"):
                used.dispose()
        for left in path.parent.glob(f"{path.name}*"):  # not emptied: a process that lingers keeps what it has
            left.unlink()
        return
    engine = request.getfixturevalue("_postgres_engine")
    yield engine.url.render_as_string(hide_password=False)
    _empty_every_table(engine)


def _empty_every_table(engine: Engine) -> None:
    """TRUNCATE makes new files for every table and index: 150 ms for each test, where these deletions take two."""
    deletions = [f'DELETE FROM "{table.name}"' for table in tables.metadata.sorted_tables]
    with engine.begin() as connection:  # foreign keys are not looked at: all of it goes
        connection.execute(text("; ".join(["SET LOCAL session_replication_role = replica", *deletions])))


@pytest.fixture
def engine(database_url: str) -> Engine:
    return engine_at(database_url)


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    """One open transaction, for tests of the domain."""
    with transaction(engine) as session:
        yield session


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url, secret_key="k" * 64)


@pytest.fixture
def now() -> datetime:
    return NOON
