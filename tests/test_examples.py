"""Property tests draw the same examples, whichever modules are loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DRAWN = """
from hypothesis import given, strategies as st
from tests.rig.examples import use_the_same_examples
use_the_same_examples()
{imports}
drawn = []
@given(st.integers(1, 10_000_000), st.text())
def draw(number, text):
    drawn.append((number, text))
draw()
print(drawn)
"""


def examples(tmp_path: Path, imports: str) -> str:
    script = tmp_path / "draw.py"
    script.write_text(DRAWN.format(imports=imports))
    command = [sys.executable, "-c", f"exec(compile(open({str(script)!r}).read(), 'draw', 'exec'))"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_module_that_is_loaded_changes_no_example(tmp_path: Path) -> None:
    alone = examples(tmp_path, "")
    assert alone.count("), (") > 50
    assert examples(tmp_path, "import media.wire.phone, media.daytable, server.errors") == alone


SEEDED = """
from hypothesis import given, settings, strategies as st

drawn = []

@given(st.integers(1, 10_000_000))
@settings(database=None)
def test_draw(number):
    {text}
    drawn.append(number)

def test_report():
    print("drawn", drawn)
"""


def seeded_examples(folder: Path, text: str) -> str:
    folder.mkdir()
    (folder / "conftest.py").write_text("from tests.rig.examples import seed_by_name as pytest_runtest_setup\n")
    (folder / "test_drawn.py").write_text(SEEDED.format(text=text))
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", f"--rootdir={folder}", str(folder)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return shown[shown.index("drawn") : shown.index("]")]


def test_an_edit_or_a_move_of_a_test_changes_no_example(tmp_path: Path) -> None:
    before = seeded_examples(tmp_path / "before", "assert number > 0")
    assert before.count(", ") > 50
    assert seeded_examples(tmp_path / "after", "assert number >= 1, 'said otherwise'") == before
