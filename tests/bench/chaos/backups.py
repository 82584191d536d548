"""A backup that is made under load, restored into an empty place, and counted."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from sqlmodel import func, select

from server.coupons.models import Claim
from server.db import make_engine, reading
from tests.bench.chaos.stack import Stack
from tests.rig.servers.processes import clean_environ, program

WITHIN_S = 120


class BadBackup(AssertionError):
    """The backup failed, or does not hold what it should."""


def check_backup(stack: Stack, *, claims: int) -> None:
    """Raises BadBackup unless the restored database has at least so many claims."""
    with tempfile.TemporaryDirectory(prefix="chaos-backup-") as name:
        file, folder = Path(name) / "liftcast.backup", Path(name) / "restored"
        _run(["backup", file], stack.house.env)
        _run(["restore", file], {"LIFTCAST_DATA_DIR": str(folder)})
        engine = make_engine(f"sqlite:///{folder / 'liftcast.sqlite3'}")
        with reading(engine) as db:
            restored = db.exec(select(func.count()).select_from(Claim)).one()
        engine.dispose()
    if restored < claims:
        raise BadBackup(f"{claims} claims were answered before the backup began, and {restored} are in it")


def _run(arguments: list[object], env: dict[str, str]) -> None:
    command = [str(program("liftcast-server")), *map(str, arguments)]
    ended = subprocess.run(
        command, env={**clean_environ(), **env}, capture_output=True, text=True, check=False, timeout=WITHIN_S
    )
    if ended.returncode:
        raise BadBackup(f"{arguments[0]} ended with {ended.returncode}: {ended.stderr[-500:]}")
