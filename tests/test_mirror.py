"""The tests of a module are found by its name: in the file that mirrors it, or in one whose docstring names it.

`server/coupons/claims.py` is tested by `tests/server/coupons/test_claims.py`. A file that tests a behaviour of several
modules names them in its docstring, in lines that begin with `Covers: ` and separate the modules by commas.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("server", "player", "media")
# tests/server/upkeep/test_migrate.py runs each of them, up and down.
MIGRATIONS = "server/migrations/"
MOST_FILES = 20
COVERS = re.compile(r"^Covers: (.+)$", re.MULTILINE)


def sources() -> dict[str, Path]:
    """The modules of the three packages by their dotted names; a package is named as such."""
    paths = [path.relative_to(ROOT) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    kept = [path for path in paths if not path.as_posix().startswith(MIGRATIONS) and "node_modules" not in path.parts]
    return {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in kept}


def has_logic(source: str) -> bool:
    """Whether a function does something: tables of columns, words and protocols hold no logic."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(
        not isinstance(statement, ast.Pass) and not says(statement) for node in functions for statement in node.body
    )


def says(statement: ast.stmt) -> bool:
    """Whether a statement is a docstring or `...`."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def covered_by(test: str) -> Iterator[str]:
    docstring = ast.get_docstring(ast.parse(test)) if COVERS.search(test) else None
    for names in COVERS.findall(docstring or ""):
        yield from names.split(", ")


def mirror_of(source: Path) -> Path:
    return Path("tests") / source.with_name(f"test_{source.name}")


SOURCES = sources()
TESTS = {
    path.relative_to(ROOT): list(covered_by(path.read_text())) for path in sorted((ROOT / "tests").rglob("test_*.py"))
}


def untested_modules() -> set[str]:
    named = {module for modules in TESTS.values() for module in modules}
    found = {module for module, path in SOURCES.items() if module in named or mirror_of(path) in TESTS}
    return {module for module in SOURCES.keys() - found if has_logic((ROOT / SOURCES[module]).read_text())}


def test_each_module_with_logic_has_tests_that_are_found_by_its_name() -> None:
    assert untested_modules() == set()


def test_no_folder_of_the_source_holds_more_files_than_a_reader_takes_in() -> None:
    files = Counter(path.parent for path in SOURCES.values())
    assert {str(folder) for folder, count in files.items() if count > MOST_FILES} == set()


def test_each_module_that_a_test_names_exists() -> None:
    assert {module for modules in TESTS.values() for module in modules} <= SOURCES.keys()


def test_a_file_that_mirrors_a_module_does_not_name_it_too() -> None:
    assert [module for module, path in SOURCES.items() if module in TESTS.get(mirror_of(path), [])] == []


def test_each_file_of_tests_mirrors_a_module_or_names_what_it_covers() -> None:
    mirrors = {mirror_of(path) for path in SOURCES.values()}
    files = {path for path in TESTS if path.parts[1] in PACKAGES}
    assert {str(path) for path in files - mirrors if not TESTS[path]} == set()


@pytest.mark.parametrize(
    ("source", "logic"),
    [
        ("", False),
        ("WORDS = {'a': 'b'}\nclass Row: name: str", False),
        ("class Source(Protocol):\n    def read(self) -> str: ...", False),
        ("class Source(Protocol):\n    def read(self) -> str:\n        'What it reads.'", False),
        ("class Row:\n    @property\n    def whole(self) -> bool:\n        return True", True),
        ("def run() -> None:\n    start()", True),
        ("async def run() -> None:\n    start()", True),
    ],
)
def test_logic_is_a_function_that_does_something(source: str, logic: bool) -> None:
    assert has_logic(source) is logic


def test_the_line_of_a_docstring_names_modules_and_other_lines_do_not() -> None:
    test = '"""Selling.\n\nCovers: server.a, server.b.c\nCovers: media.d\nIt covers: player.e\n"""\n# Covers: server.f'
    assert list(covered_by(test)) == ["server.a", "server.b.c", "media.d"]
