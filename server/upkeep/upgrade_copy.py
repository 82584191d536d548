"""The copy of the database that is made before it is upgraded, and how to go back to it."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from server.errors import LiftcastError
from server.settings import Settings

logger = logging.getLogger(__name__)

NAME = "before-upgrade-from-"
COPIES_KEPT = 3
LOCK_WAIT_MS = 30_000


class NoCopyMade(LiftcastError):
    """The database was not upgraded, for no copy of it could be made before. Free space in the data folder, or run
    `liftcast-server migrate --no-copy` to upgrade without one."""


def copy_before_upgrade(settings: Settings, url: URL, revision: str) -> Path | None:
    """The copy in the data folder, named by its revision; None where PostgreSQL's tools made none.

    On SQLite no copy means no upgrade (NoCopyMade). A PostgreSQL server has backups of its own as a rule, and its tools
    may be on another machine: there it is only a warning.
    """
    suffix, copy = ("sqlite3", _copy_sqlite) if settings.on_sqlite else ("dump", _dump_postgres)
    path = settings.data_dir / "upgrades" / f"{NAME}{revision}.{suffix}"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = _put_in_place(url, copy, path)
    except (OSError, sqlite3.Error) as error:
        raise NoCopyMade(f"{NoCopyMade().message} The reason: {error}.") from error
    if not made:
        return None
    _remove_old_copies(path)
    logger.info("database copied before its upgrade path=%s", path)
    return path


def how_to_go_back(settings: Settings, url: URL, copy: Path | None) -> str:
    """Instructions for going back to the database as it was."""
    if copy is None:
        return "Mend the cause and start again, or go back to the version that ran before."
    file = url.database
    restore = (
        f"remove {file}-wal and {file}-shm, copy {copy} over {file}"
        if settings.on_sqlite
        else f"restore {copy} with pg_restore --clean"
    )
    return f"Mend the cause and start again. To go back: stop the server, {restore}, and start the version before."


def _put_in_place(url: URL, copy: Callable[[URL, Path], bool], path: Path) -> bool:
    """A copy is under its name only when it is whole, and nobody else can read it."""
    draft = path.with_suffix(".part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        made = copy(url, draft)
        if made:
            os.replace(draft, path)
        return made
    finally:
        draft.unlink(missing_ok=True)


def _copy_sqlite(url: URL, draft: Path) -> bool:
    with closing(sqlite3.connect(str(url.database))) as source, closing(sqlite3.connect(draft)) as target:
        source.backup(target)
    return True


def _dump_postgres(url: URL, draft: Path) -> bool:
    """The password is passed in the environment: every user of the machine can read arguments.

    An address with a password, even with the asterisks that SQLAlchemy writes for it, would be used instead.
    """
    program = shutil.which("pg_dump")
    if program is None:
        logger.warning("no copy before the upgrade: pg_dump is not installed here")
        return False
    address = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    command = [program, "--format=custom", f"--lock-wait-timeout={LOCK_WAIT_MS}", f"--file={draft}", str(address)]
    environ = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        logger.warning("no copy before the upgrade: %s", done.stderr.strip().partition("\n")[0])
    return done.returncode == 0


def _remove_old_copies(newest: Path) -> None:
    copies = sorted(newest.parent.glob(f"{NAME}*{newest.suffix}"), key=lambda path: path.stat().st_mtime)
    for old in copies[:-COPIES_KEPT]:
        old.unlink(missing_ok=True)
