"""The documents of the repository agree with the code: settings, commands, targets, floors, benches, file names."""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from player import settings as player
from player.cli import main as liftcast_player
from server import settings as server
from server.cli import COMMANDS
from tests.floors_diagram import diagram_of
from tests.settings_table import table_of

ROOT = Path(__file__).parent.parent
ENDINGS = "py|ts|js|mjs|md|html|css|po|json|toml|txt|png|service|conf|example"
# Named in the documents, and made only where Liftcast runs.
MADE = {".venv/bin", "build/setup", "liftcast-player", "liftcast-player/cards"} | {
    "upgrades",
    "strips",
    "cards",
    "screen.png",
}


def git_files() -> set[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True).stdout.splitlines()
    return {name for name in listed if (ROOT / name).exists()}


FILES = git_files()
FOLDERS = {str(folder) for name in FILES for folder in Path(name).parents}
NAMES = {Path(name).name for name in FILES}
DOCUMENTS = {name: (ROOT / name).read_text() for name in sorted(FILES) if name.endswith(".md")}
TEXT = "\n".join(DOCUMENTS.values())
KIT = "media/phone/app/sdk/kit/README.md"  # names the files of the zip that a designer makes


def test_a_stranger_reads_the_readme_in_one_sitting() -> None:
    assert len(DOCUMENTS["README.md"].splitlines()) <= 120


def test_each_part_of_the_repository_explains_itself() -> None:
    assert {"CONTRIBUTING.md", "CHANGELOG.md"} <= DOCUMENTS.keys()
    assert {f"{folder}/README.md" for folder in ("server", "player", "tests", "systemd")} <= DOCUMENTS.keys()


@pytest.mark.parametrize("model", [server.Settings, player.Settings])
def test_the_page_of_installing_lists_every_setting_as_it_is(model: type[BaseModel]) -> None:
    assert table_of(model) in DOCUMENTS["systemd/README.md"]


def test_each_program_knows_the_settings_that_only_the_other_reads() -> None:
    of_server, of_player = set(server.Settings.model_fields), set(player.Settings.model_fields)
    assert of_player - of_server == server.PLAYER_ONLY
    assert of_server - of_player == player.SERVER_ONLY


@pytest.mark.parametrize("package", ["server", "server.planner", "player"])
def test_the_diagram_of_floors_is_that_of_the_import_contracts(package: str) -> None:
    assert diagram_of(package) in DOCUMENTS[package.replace(".", "/") + "/README.md"]


def commands_in(text: str) -> set[str]:
    found = re.findall(r"^   liftcast ([a-z-]+)|liftcast-server ([a-z-]+)", text, re.MULTILINE)
    return {by_hand or by_name for by_hand, by_name in found}


def test_every_command_of_the_documents_exists() -> None:
    installing = {"run", "owner-link", "sign-in-link", "plan", "backup", "restore"}
    assert commands_in(DOCUMENTS["systemd/README.md"]) == installing
    assert commands_in(TEXT) <= COMMANDS.keys()
    assert "run" in liftcast_player.commands


def test_programs_are_called_where_the_set_up_puts_them() -> None:
    """Nothing puts the virtual environment on the PATH."""
    calls = re.findall(r"(\S*)\b(?:liftcast-server|liftcast-player|python) (?:[a-z-]+|-m)\b", TEXT)
    assert calls
    assert {call for call in calls if not call.endswith(".venv/bin/")} == set()


def test_every_target_of_the_documents_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"(?:^|`|&& )(?:[A-Z]+=\S* )?make ([a-z-]+)", TEXT, re.MULTILINE))
    assert {"demo", "test", "check", "setup", "setup-player", "test-long"} <= targets
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


@pytest.mark.parametrize("name", sorted(DOCUMENTS.keys() - {KIT}))
def test_every_file_that_a_document_names_exists(name: str) -> None:
    assert [path for path in paths_in(DOCUMENTS[name]) if not exists(path, seen_from=name)] == []


def test_the_documents_name_the_files_that_they_explain() -> None:
    """Else the search above would find nothing and prove nothing."""
    found = {name: set(paths_in(text)) for name, text in DOCUMENTS.items()}
    assert len(found["server/README.md"]) >= 60
    assert not exists("server/no_such_file.py", seen_from="README.md")
    assert {"liftcast-web.service", "liftcast-desk.service", "nginx/liftcast.conf"} <= found["systemd/README.md"]


def test_every_bench_of_the_measurements_exists() -> None:
    _, _, measured = DOCUMENTS["tests/README.md"].partition("## Measured")
    benches = re.findall(r"^\| `([a-z]+)[ `]", measured, re.MULTILINE)
    assert {"switch", "publish", "claims", "plays", "plan", "allot", "uploads", "chaos"} <= set(benches)
    programs = {f"{bench}{form}" for bench in benches for form in (".py", "/__main__.py")}
    assert len({f"tests/bench/{program}" for program in programs} & FILES) == len(set(benches))


def paths_in(text: str) -> Iterator[str]:
    """File names anywhere, folders in backticks that end with a slash, and those in which npm is called."""
    words = re.findall(rf"(?<![\w/.:<>-])(?:[\w.{{}},-]+/)*[\w.{{}},-]+\.(?:{ENDINGS})(?![\w/-])", text)
    folders = re.findall(r"`((?:[\w.-]+/)+)`", text)
    for word in [*words, *folders, *re.findall(r"npm --prefix (\S+)", text)]:
        yield from expanded(word.rstrip("/"))


def expanded(word: str) -> Iterator[str]:
    """As a shell expands `a-{b,c}`."""
    found = re.fullmatch(r"(.*)\{(.*)\}(.*)", word)
    yield from (f"{found[1]}{part}{found[3]}" for part in found[2].split(",")) if found else [word]


def exists(path: str, *, seen_from: str) -> bool:
    """From the top of the repository or from the document's folder; a name alone may be that of any file."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(seen_from), path))
    return bool({path, beside} & (FILES | FOLDERS | MADE)) or ("/" not in path and path in NAMES)
