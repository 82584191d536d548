"""Bring the database to the newest revision at start; processes that start together take turns.

An upgrade is one transaction on both databases: one that fails, or is killed, leaves the database as it was.
"""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import OperationalError

from server.db import make_engine
from server.errors import LiftcastError
from server.settings import Settings
from server.upkeep.upgrade_copy import copy_before_upgrade, how_to_go_back

logger = logging.getLogger(__name__)

MIGRATIONS = Path(__file__).parents[1] / "migrations"
ADVISORY_LOCK = 0x11F7CA57


class NoDatabase(LiftcastError):
    """The database cannot be opened. See that it runs, and that LIFTCAST_DATABASE_URL names it and who may use it."""


class NewerDatabase(LiftcastError):
    """The database belongs to a newer version of Liftcast. Install that version again, or restore a backup that this
    one made."""


class UpgradeFailed(LiftcastError):
    """The database could not be upgraded, and is as it was. Mend the cause and start again."""


def prepare_database(settings: Settings, *, copy: bool = True) -> None:
    """Upgrade the database if it is older than the code; copy: make a copy of it before.

    Raises NoDatabase, NewerDatabase, NoCopyMade, UpgradeFailed.
    """
    engine = make_engine(settings.database_url)
    try:
        with _turn(settings, engine):
            _upgrade_if_older(settings, engine, copy=copy)
    finally:
        engine.dispose()


def upgrade(engine: Engine) -> None:
    """Run every migration that this database has not seen."""
    from alembic import command  # every process looks at its start, and hardly any has something to upgrade
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


def _upgrade_if_older(settings: Settings, engine: Engine, *, copy: bool) -> None:
    before, known = _current_revision(engine), _known_revisions()
    newest = known[0]
    if before == newest:
        return
    if before is not None and before not in known:
        raise NewerDatabase(f"The database is of revision {before}, and this version knows none after {newest}.")
    copied = copy_before_upgrade(settings, engine.url, before) if copy and before is not None else None
    logger.info("database upgrade started from=%s to=%s", before, newest)
    try:
        upgrade(engine)
    except Exception as error:
        logger.exception("database upgrade failed from=%s to=%s", before, newest)
        why = str(getattr(error, "orig", error)).strip().partition("\n")[0].rstrip(".")
        message = f"The database could not be upgraded from revision {before} to {newest}, and is as it was: {why}."
        raise UpgradeFailed(message, remedy=how_to_go_back(settings, engine.url, copied)) from error
    logger.info("database upgraded from=%s to=%s", before, newest)


def _current_revision(engine: Engine) -> str | None:
    """As Alembic wrote it down; None in a database that it has not seen."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return revision


def _known_revisions() -> list[str]:
    """Newest first. A migration's file begins with its revision."""
    return sorted((path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/[0-9]*_*.py")), reverse=True)


def _try_database(engine: Engine) -> None:
    try:
        engine.connect().close()
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise NoDatabase(f"The database cannot be opened: {reason}.") from error


# --- one process at a time


@contextmanager
def _turn(settings: Settings, engine: Engine) -> Iterator[None]:
    """Wait for another process that upgrades; its work is found done."""
    if settings.on_sqlite:
        with _file_lock(settings.data_dir / "migrate.lock"):
            _try_database(engine)  # in turn: a process that migrates has the file locked
            yield
    else:
        _try_database(engine)
        with _advisory_lock(engine):
            yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _log_wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    """Held by a connection without a transaction, so that no limit on idle ones ends it; it ends with its process."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({ADVISORY_LOCK})").scalar():
            _log_wait()
            connection.exec_driver_sql("SET lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({ADVISORY_LOCK})")
        try:
            yield
        finally:
            connection.exec_driver_sql(f"SELECT pg_advisory_unlock({ADVISORY_LOCK})")


def _log_wait() -> None:
    logger.info("another process prepares the database, waiting for it")
