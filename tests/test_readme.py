"""The README tells the truth about settings, and the two programs know each other's names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from player import settings as player
from player.cli import main as liftcast_player
from server import settings as server
from server.cli import COMMANDS
from tests.settings_table import table_of

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("model", [server.Settings, player.Settings])
def test_the_readme_holds_every_setting_as_it_is(model: type[BaseModel]) -> None:
    assert table_of(model) in README


def test_each_program_knows_the_settings_that_only_the_other_reads() -> None:
    of_server, of_player = set(server.Settings.model_fields), set(player.Settings.model_fields)
    assert of_player - of_server == server.PLAYER_ONLY
    assert of_server - of_player == player.SERVER_ONLY


def test_every_command_of_the_readme_is_there() -> None:
    commands = set(re.findall(r"^   liftcast ([a-z-]+)|liftcast-server ([a-z-]+)", README, re.MULTILINE))
    told = {one or other for one, other in commands}
    assert told == {"run", "owner-link", "sign-in-link", "plan", "backup", "restore"}
    assert told <= COMMANDS.keys()
    assert "run" in liftcast_player.commands


def test_programs_are_called_where_the_set_up_puts_them() -> None:
    """Nothing puts the virtual environment on the PATH."""
    calls = re.findall(r"(\S*)\b(?:liftcast-server|liftcast-player|python) (?:[a-z-]+|-m)\b", README)
    assert calls
    assert {call for call in calls if not call.endswith(".venv/bin/")} == set()


def test_every_target_and_every_file_of_the_readme_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:^|`|&& )(?:[A-Z]+=\S* )?make ([a-z-]+)", README, re.MULTILINE))
    assert {"demo", "test", "check", "setup", "setup-player"} <= targets
    assert [one for one in targets if not re.search(rf"^{one}:", makefile, re.MULTILINE)] == []
    paths = [path for named in re.findall(r"[`(]((?:systemd|tests)/[\w./{},-]+)", README) for path in expanded(named)]
    assert len(paths) >= 10
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_every_bench_of_the_readme_is_there() -> None:
    _, _, measured = README.partition("## Measured")
    benches = re.findall(r"^\| `([a-z]+)`", measured, re.MULTILINE)
    assert {"switch", "publish", "claims", "plays"} <= set(benches)
    programs = {path.relative_to(ROOT / "tests" / "bench") for path in (ROOT / "tests" / "bench").rglob("*.py")}
    assert [bench for bench in benches if not programs & {Path(f"{bench}.py"), Path(bench, "__main__.py")}] == []


def expanded(named: str) -> list[str]:
    """As a shell expands `a-{b,c}`."""
    found = re.fullmatch(r"(.*)\{(.*)\}(.*)", named)
    return [f"{found[1]}{part}{found[3]}" for part in found[2].split(",")] if found else [named]
