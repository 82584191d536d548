"""A PostgreSQL of the tests' own: made in a folder, started on a free port of loopback, stopped at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from tests.rig.servers.ports import free_port


@dataclass(frozen=True)
class Postgres:
    """A server in its own folder that can be stopped and started again on the same port."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        """Without a database name."""
        return f"postgresql+psycopg://liftcast@127.0.0.1:{self.port}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync=off -c max_connections=200"
        self._control("-w", "-o", options, "-l", self.folder / "log", "start")

    def stop(self, mode: str = "immediate") -> None:
        """`fast` ends sessions in order, `immediate` is a crash."""
        self._control("-m", mode, "-w", "stop")

    def _control(self, *arguments: object) -> None:
        _run(newest_programs() / "pg_ctl", "-D", self.folder / "data", *arguments)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Its folder is directly in the system's temporary one: as root, PostgreSQL runs as `postgres`, who must be able
    to enter it."""
    with TemporaryDirectory(prefix="liftcast-postgres-") as name:
        server = Postgres(Path(name), free_port())
        if os.geteuid() == 0:
            shutil.chown(server.folder, "postgres")
        folder = server.folder / "data"
        _run(newest_programs() / "initdb", "-D", folder, "-U", "liftcast", "-A", "trust", "-E", "UTF8", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def running_postgres() -> Iterator[str]:
    """Yields the server's URL without a database name: `postgresql+psycopg://…:port`."""
    with postgres_server() as server:
        yield server.url


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
