"""`liftcast-server` and its commands, each on a data folder of its own.

Covers: server.commands.backups, server.commands.migrate, server.commands.sign_in
"""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import COMMANDS, main
from server.db import make_engine, transaction
from tests.factories import make_person
from tests.rig.servers.ports import free_port

PORTS = ("LIFTCAST_PORT", "LIFTCAST_MEDIA_PORT", "LIFTCAST_PLANNER_PORT")

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """`liftcast-server` with these arguments, on a server of its own, started by someone who hides nothing."""
    before = os.umask(0)
    monkeypatch.setattr("server.cli.install_logs", lambda _level: None)
    environ = {"LIFTCAST_DATA_DIR": str(tmp_path / "server"), "LIFTCAST_PUBLIC_URL": "https://screens.example.org"}
    yield lambda *arguments, **more: CliRunner().invoke(
        main, [str(argument) for argument in arguments], env=environ | more
    )
    os.umask(before)


def test_the_first_owner_is_made_by_a_link_of_the_public_name(command: Command) -> None:
    assert command("owner-link").stdout.startswith("https://screens.example.org/link/")


def test_where_an_owner_is_no_link_makes_another(command: Command, tmp_path: Path) -> None:
    command("migrate")
    engine = make_engine(f"sqlite:///{tmp_path / 'server' / 'liftcast.sqlite3'}")
    with transaction(engine) as db:
        make_person(db)
    engine.dispose()
    result = command("owner-link")
    assert result.exit_code == 1
    assert "There is an owner already." in result.stderr


def test_a_backup_can_be_read_by_nobody_else(command: Command, tmp_path: Path) -> None:
    command("migrate")
    result = command("backup", tmp_path / "backup.tar")
    assert result.exit_code == 0
    assert "key" in result.stderr
    assert stat.S_IMODE((tmp_path / "backup.tar").stat().st_mode) == 0o600


@pytest.mark.parametrize("left_open", [False, True])
def test_the_data_folder_is_the_servers_alone(command: Command, tmp_path: Path, left_open: bool) -> None:
    folder = tmp_path / "server"
    if left_open:  # as an earlier version did
        command("migrate")
        for path in (folder, *folder.iterdir()):
            path.chmod(0o755 if path.is_dir() else 0o644)
    command("migrate")
    engine = make_engine(f"sqlite:///{folder / 'liftcast.sqlite3'}")
    with transaction(engine) as db:
        make_person(db)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    engine.dispose()
    assert {"liftcast.sqlite3", "liftcast.sqlite3-wal", "secret_key"} <= modes.keys()
    assert {name for name, mode in modes.items() if mode & 0o077} == set()


def test_a_missing_database_is_reported_in_a_sentence(command: Command) -> None:
    result = command("migrate", LIFTCAST_DATABASE_URL=f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none")
    assert result.exit_code == 1
    assert "The database cannot be opened: connection failed" in result.stderr
    assert "LIFTCAST_DATABASE_URL" in result.stderr
    assert "secret" not in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("setting", PORTS)
def test_where_something_listens_no_second_server_is_begun(command: Command, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        free = {name: str(free_port()) for name in PORTS}
        result = command("run", **{**free, setting: str(port)})
    assert result.exit_code == 1
    assert f"Something listens on 127.0.0.1, port {port} already. Stop it" in result.stderr


def test_every_command_can_be_loaded() -> None:
    with main.make_context("liftcast-server", ["--help"], resilient_parsing=True) as context:
        assert {name: main.get_command(context, name).name for name in COMMANDS} == {name: name for name in COMMANDS}


PLANNER = {"numpy", "scipy", "ortools", "numba"}
RARE = {"alembic", "pycparser"}  # for upgrades; parses declarations in C, which took longer than all else


@pytest.mark.parametrize(
    ("module", "spared"),
    [
        ("server.cli", PLANNER | {"flask", "alembic", "PIL"}),
        ("server.commands.web", PLANNER | {"flask", "alembic", "PIL", "sqlalchemy"}),
        ("server.commands.media", PLANNER | RARE),
        ("server.web_process", (PLANNER | RARE) - {"numpy"}),
        ("server.commands.worker", {"flask", "gunicorn", "gevent"} | RARE),
        ("server.commands.desk", {"flask", "gunicorn", "gevent"} | RARE),
    ],
)
def test_a_process_does_not_load_modules_that_only_others_need(module: str, spared: set[str]) -> None:
    """Each process loads its modules before it serves, and after a restart all of them at the same time."""
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert spared.isdisjoint(loaded)
