from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from server.runtime.collector import loading


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_nothing_is_collected_while_modules_are_loaded() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


def test_a_module_that_cannot_be_loaded_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()


@pytest.mark.parametrize(
    "load", ["import server.__main__", "from server.cli import main, COMMANDS; main.get_command(None, 'worker')"]
)
def test_a_process_makes_no_whole_collection_while_it_loads(load: str) -> None:
    script = f"import gc; {load}; print(gc.get_stats()[2]['collections'])"
    printed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert int(printed) == 0
