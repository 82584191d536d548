"""A start that fails says why in one sentence, without a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from player import cli
from player.display.api import DisplayUnavailable
from tests.player.fake_display import FakeDisplay

GOOD = {"LIFTCAST_SERVER_URL": "http://127.0.0.1:1", "LIFTCAST_HARDWARE_ID": "box-1"}


def started(env: dict[str, str]) -> Result:
    nothing = {name: None for name in os.environ if name.startswith("LIFTCAST_")}
    return CliRunner().invoke(cli.main, ["run"], env={**nothing, **env})


def test_a_missing_setting() -> None:
    result = started({})
    assert result.exit_code == 2
    assert result.output.startswith("LIFTCAST_SERVER_URL is missing: ")
    assert result.output.count("\n") == 1


def test_a_display_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DisplayUnavailable

    monkeypatch.setattr(cli, "VlcDisplay", fail)
    result = started(GOOD)
    assert result.exit_code == 2
    assert result.output.startswith("The display did not start.")


def test_a_folder_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    display = FakeDisplay()
    monkeypatch.setattr(cli, "VlcDisplay", lambda *_, **__: display)
    result = started({**GOOD, "LIFTCAST_PLAYER_DIR": str(tmp_path / "file" / "player")})
    assert result.exit_code == 2
    assert "Check LIFTCAST_PLAYER_DIR and its rights." in result.output
    assert display.closed
