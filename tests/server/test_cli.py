from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.db import make_engine, transaction
from tests.factories import make_person
from tests.rig.ports import free_port

PORTS = ("LIFTCAST_PORT", "LIFTCAST_MEDIA_PORT", "LIFTCAST_PLANNER_PORT")

Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`liftcast-server` with these arguments, on a server of its own."""
    monkeypatch.setattr("server.cli.install_logs", lambda _level: None)
    environ = {"LIFTCAST_DATA_DIR": str(tmp_path / "server"), "LIFTCAST_PUBLIC_URL": "https://screens.example.org"}
    return lambda *arguments, **more: CliRunner().invoke(main, [str(one) for one in arguments], env=environ | more)


def test_the_first_owner_is_made_by_a_link_of_the_public_name(command: Command) -> None:
    assert command("owner-link").stdout.startswith("https://screens.example.org/link/")


def test_where_an_owner_is_no_link_makes_another(command: Command, tmp_path: Path) -> None:
    command("migrate")
    engine = make_engine(f"sqlite:///{tmp_path / 'server' / 'liftcast.sqlite3'}")
    with transaction(engine) as db:
        make_person(db)
    engine.dispose()
    told = command("owner-link")
    assert told.exit_code == 1
    assert "There is an owner already." in told.stderr


def test_a_backup_can_be_read_by_nobody_else(command: Command, tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        command("migrate")
        assert command("backup", tmp_path / "backup.tar").exit_code == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "backup.tar").stat().st_mode) == 0o600


def test_a_database_that_is_not_there_is_told_in_a_sentence(command: Command) -> None:
    told = command("migrate", LIFTCAST_DATABASE_URL=f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none")
    assert told.exit_code == 1
    assert "The database cannot be opened: connection failed" in told.stderr
    assert "LIFTCAST_DATABASE_URL" in told.stderr
    assert "secret" not in told.stderr
    assert len(told.stderr.splitlines()) == 1


@pytest.mark.parametrize("setting", PORTS)
def test_where_something_listens_no_second_server_is_begun(command: Command, setting: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        free = {name: str(free_port()) for name in PORTS}
        told = command("run", **{**free, setting: str(port)})
    assert told.exit_code == 1
    assert f"Something listens on 127.0.0.1, port {port} already. Stop it" in told.stderr
