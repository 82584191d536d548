"""Bring the database to the newest revision at start; processes that start together take turns."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from server.db import make_engine
from server.errors import LiftcastError
from server.settings import Settings

ADVISORY_LOCK = 0x11F7CA57


class NoDatabase(LiftcastError):
    """The database cannot be opened. See that it runs, and that LIFTCAST_DATABASE_URL names it and who may use it."""


def prepare_database(settings: Settings) -> None:
    engine = make_engine(settings.database_url)
    with _turn(settings, engine):
        upgrade(engine)
    engine.dispose()


def upgrade(engine: Engine) -> None:
    """Run every migration that this database has not seen."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def _try_database(engine: Engine) -> None:
    try:
        engine.connect().close()
    except OperationalError as error:
        told = str(error.orig).strip().splitlines()[0]
        raise NoDatabase(f"The database cannot be opened: {told}.") from error


@contextmanager
def _turn(settings: Settings, engine: Engine) -> Iterator[None]:
    if settings.on_sqlite:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        with (settings.data_dir / "migrate.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _try_database(engine)  # in turn: whoever migrates has the file locked
            yield
        return
    _try_database(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        yield
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})")
