"""The commands that run until they are stopped: each prepares the database, then starts its process.

Covers: server.commands.desk, server.commands.media, server.commands.run, server.commands.web
Covers: server.commands.worker
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from server.accounts.models import Role
from server.commands import web as web_command
from server.commands.run import tell_first_owner
from server.db import transaction
from server.settings import Settings
from tests.factories import make_person

Steps = list[tuple[str, tuple[Any, ...], dict[str, Any]]]
Command = Callable[..., tuple[Result, Steps]]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Command:
    """Runs a command whose steps are noted instead of taken."""

    def run(name: str, *steps: str, arguments: tuple[str, ...] = ()) -> tuple[Result, Steps]:
        module, taken = importlib.import_module(f"server.commands.{name}"), Steps()

        def noted(step: str) -> Callable[..., None]:
            return lambda *given, **more: taken.append((step, given, more))

        for step in ("prepare_database", *steps):
            monkeypatch.setattr(module, step, noted(step))
        if hasattr(module, "stop_on_signal"):
            monkeypatch.setattr(module, "stop_on_signal", lambda: "stop")
        return CliRunner().invoke(getattr(module, name), arguments, obj=settings), taken

    return run


@pytest.mark.parametrize(("name", "step"), [("desk", "run_availability"), ("media", "run_media")])
def test_the_database_is_upgraded_before_a_process_starts(command: Command, name: str, step: str) -> None:
    result, steps = command(name, step)
    assert result.exit_code == 0
    assert [taken for taken, _given, _more in steps] == ["prepare_database", step]


def test_a_worker_takes_the_kinds_of_jobs_that_its_options_name(command: Command) -> None:
    _result, steps = command("worker", "run_worker", arguments=("--only", "plan", "--only", "allot", "--only", "plan"))
    assert steps[-1][2] == {"only": {"plan", "allot"}, "spared": frozenset(), "stop": "stop"}
    _result, steps = command("worker", "run_worker", arguments=("--except", "draw"))
    assert steps[-1][2] == {"only": frozenset(), "spared": {"draw"}, "stop": "stop"}


def test_run_checks_the_ports_of_all_its_processes_before_it_touches_the_database(
    command: Command, settings: Settings
) -> None:
    _result, steps = command("run", "require_free_ports", "run_processes")
    assert [taken for taken, _given, _more in steps] == ["require_free_ports", "prepare_database", "run_processes"]
    ports = {port for _host, port in steps[0][1]}
    assert ports == {settings.port, settings.media_port, settings.planner_port}


def test_a_link_for_the_first_owner_is_printed_until_there_is_one(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("server.commands.sign_in.make_engine", lambda _url: engine)
    tell_first_owner(settings)
    assert f"{settings.public_url}/link/" in capsys.readouterr().out
    with transaction(engine) as db:
        make_person(db, role=Role.OWNER)
    tell_first_owner(settings)
    assert capsys.readouterr().out == ""


def test_the_web_process_takes_the_place_of_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loaded anew, because gevent patches before everything else is imported."""
    executed: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: executed.append((program, arguments)))
    CliRunner().invoke(web_command.web, [])
    assert executed == [(sys.executable, [sys.executable, "-m", "server"])]
