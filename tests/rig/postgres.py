"""A PostgreSQL of the tests' own: made in a folder, started on a free port of loopback, stopped at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.rig.ports import free_port


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yields the server's URL without a database name: `postgresql+psycopg://…:port`.

    Its folder stands directly in the system's temporary one: as root, PostgreSQL runs as `postgres`, who must be
    able to walk to it.
    """
    with TemporaryDirectory(prefix="liftcast-postgres-") as folder, _started(Path(folder)) as url:
        yield url


@contextmanager
def _started(folder: Path) -> Iterator[str]:
    programs = newest_programs()
    data = folder / "data"
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    _run(programs / "initdb", "-D", data, "-U", "liftcast", "-A", "trust", "-E", "UTF8", "--no-sync")
    port = free_port()
    options = f"-p {port} -c listen_addresses=127.0.0.1 -k {folder} -c fsync=off -c max_connections=200"
    _run(programs / "pg_ctl", "-D", data, "-w", "-o", options, "-l", folder / "log", "start")
    try:
        yield f"postgresql+psycopg://liftcast@127.0.0.1:{port}"
    finally:
        _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def fresh_database(server_url: str) -> str:
    """The URL of a new, empty database on this server."""
    name = f"fresh_{uuid.uuid4().hex[:12]}"
    plain = server_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"{server_url}/{name}"


def newest_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise RuntimeError("PostgreSQL is not installed: run make setup")
    return found[-1]


def _run(program: Path, *args: object) -> None:
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    command = [*as_postgres, str(program), *map(str, args)]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{program.name} ended with {done.returncode}: {done.stderr[-2000:]}")
