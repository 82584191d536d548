"""Large pictures are decoded elsewhere, one at a time, and what that took is given back."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from media.refused import Refused
from server.creatives.probe import child_process as module
from server.creatives.probe.child_process import MOST_WAITING, TooManyWaiting, one_at_a_time, probe_apart
from server.creatives.probe.found import Limits
from server.creatives.probe.probe import probe
from tests.rig.files.samples import sample

LIMITS = Limits(bytes=100 << 20, pixels=50_000_000, duration_s=600)
AMPLE = 2 << 30
AT_ONCE = 8
EIGHT_AT_ONCE = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from server.creatives.probe.child_process import Limits, probe_apart
path, turn = map(Path, sys.argv[1:])
look = lambda _: probe_apart(path, Limits(100 << 20, 50_000_000, 600), memory_bytes=2 << 30, turn=turn).kind
mark = lambda: int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
before = mark()
with ThreadPoolExecutor(8) as pool:
    assert list(pool.map(look, range(8))) == ["image"] * 8
print((mark() - before) >> 10)
"""


def test_eight_deep_pictures_at_once_cost_the_process_next_to_nothing(tmp_path: Path) -> None:
    """Its highest water mark, so nothing is kept either."""
    command = [sys.executable, "-c", EIGHT_AT_ONCE, sample("deep.png"), tmp_path]
    grown_mb = int(subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout)
    assert grown_mb < 20


def test_one_at_a_time_is_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_work, most = threading.Semaphore(0), []

    def decode(*_: Any) -> Any:
        at_work.release()
        most.append(at_work._value)
        time.sleep(0.01)
        at_work.acquire()
        return "found"

    monkeypatch.setattr(module, "_probe_in_child", decode)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        kinds = pool.map(
            lambda _: probe_apart(sample("deep.png"), LIMITS, memory_bytes=AMPLE, turn=tmp_path), range(AT_ONCE)
        )
        assert list(kinds) == ["found"] * AT_ONCE
    assert most == [1] * AT_ONCE


@pytest.mark.parametrize("name", ["deep.png", "rotated.jpg", "film.mp4"])
def test_apart_the_same_is_found(tmp_path: Path, name: str) -> None:
    assert probe_apart(sample(name), LIMITS, memory_bytes=AMPLE, turn=tmp_path) == probe(sample(name), LIMITS)


def test_a_large_picture_that_is_damaged_is_refused_with_its_reason(tmp_path: Path) -> None:
    damaged = Path(shutil.copy(sample("deep.png"), tmp_path))
    damaged.write_bytes(damaged.read_bytes()[:-2000])
    with pytest.raises(Refused) as refused:
        probe_apart(damaged, LIMITS, memory_bytes=AMPLE, turn=tmp_path)
    assert refused.value.code == "truncated"


def test_a_picture_that_needs_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        probe_apart(sample("deep.png"), LIMITS, memory_bytes=64 << 20, turn=tmp_path)
    assert (refused.value.code, "Scale it down" in refused.value.remedy) == ("picture_too_costly", True)


def test_a_picture_that_takes_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TIME_LIMIT_S", 0.001)
    with pytest.raises(Refused) as refused:
        probe_apart(sample("deep.png"), LIMITS, memory_bytes=AMPLE, turn=tmp_path)
    assert refused.value.code == "picture_too_costly"


def test_a_process_that_gets_no_turn_in_time_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TURN_WITHIN_S", 0)
    with one_at_a_time(tmp_path), pytest.raises(TooManyWaiting), one_at_a_time(tmp_path):
        pass
    with one_at_a_time(tmp_path):  # nothing of the failed wait is left
        pass


def test_only_so_many_threads_of_a_process_wait_for_a_turn(tmp_path: Path) -> None:
    folders = [tmp_path / str(number) for number in range(MOST_WAITING + 1)]
    for folder in folders:
        folder.mkdir()
    with ExitStack() as at_work:
        for folder in folders[:-1]:
            at_work.enter_context(one_at_a_time(folder))
        with pytest.raises(TooManyWaiting), one_at_a_time(folders[-1]):
            pass
    with one_at_a_time(folders[-1]):
        pass
