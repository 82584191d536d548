from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from media.games.check_draw import main
from tests.media.games.test_draw_record import record_of


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "record.json"
    path.write_text(record_of(range(10)).model_dump_json())
    return path


def change(file: Path, **changed: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))


def test_it_is_run_as_the_readme_says(file: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "media.games.check_draw", str(file)], capture_output=True, text=True, check=True
    )
    assert (ended.stdout, ended.stderr) == ("correct\n", "")
    readme = Path(__file__).parents[3] / "media/games/README.md"
    assert "python -m media.games.check_draw FILE" in readme.read_text()


def test_a_record_that_differs_ends_with_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(file, winners=[], prizes=[])
    assert main([str(file)]) == 1
    assert "the seed draws seats" in capsys.readouterr().out


def test_the_promise_that_a_phone_noted_is_compared(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), record_of([]).promise.upper()]) == 0
    assert main([str(file), "00" * 32]) == 1
    assert "You noted" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"seed": 1}', b"null", b"[" * 100_000])
def test_a_file_that_is_no_record_ends_with_2(file: Path, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(content)
    assert main([str(file)]) == 2
    assert "no record of a draw" in capsys.readouterr().err


def test_each_fault_of_a_record_is_named(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(file, seed="short", most=-1)
    assert main([str(file)]) == 2
    said = capsys.readouterr().err
    assert "seed: " in said
    assert "most: " in said


def test_a_missing_file_and_missing_arguments_are_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "none.json")]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main([]) == 2
    assert "usage: " in capsys.readouterr().err
