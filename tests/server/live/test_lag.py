from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from server.http.metrics import REGISTRY
from server.live.lag import HUB_STALL, TICK_S, watch_lag, without_core_s


def test_what_threads_and_the_machine_waited_is_told_in_seconds(tmp_path: Path) -> None:
    for thread, waited_ns in (("7", 2_500_000_000), ("8", 1_000_000)):
        (tmp_path / "self/task" / thread).mkdir(parents=True)
        (tmp_path / "self/task" / thread / "schedstat").write_text(f"5000 {waited_ns} 12\n")
    (tmp_path / "stat").write_text("cpu  938749 36845 112495 2230848 1773 0 1633 400 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n")
    assert without_core_s(tmp_path) == {"7": 2.5, "8": 0.001, "steal": pytest.approx(400 * TICK_S)}


def test_a_kernel_that_does_not_tell_counts_as_no_wait(tmp_path: Path) -> None:
    (tmp_path / "self/task/7").mkdir(parents=True)
    assert without_core_s(tmp_path) == {}


def test_every_thread_of_this_process_is_looked_at() -> None:
    assert str(os.getpid()) in without_core_s()


def test_a_hub_that_is_held_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    observed: list[float] = []
    waits = iter([{"7": 1.0}, {"7": 1.0}, {"7": 1.1, "8": 0.1}])
    turns = iter([0.0, 0.32, 0.64])
    monkeypatch.setattr(HUB_STALL, "observe", observed.append)
    monkeypatch.setattr("server.live.lag.without_core_s", lambda: next(waits))
    monkeypatch.setattr(time, "monotonic", lambda: next(turns))
    with pytest.raises(StopIteration):
        watch_lag(lambda _seconds: None)
    assert observed == [pytest.approx(0.3), pytest.approx(0.1)]


def test_stalls_are_among_the_numbers_that_are_told() -> None:
    HUB_STALL.observe(0.0)
    assert b'liftcast_hub_stall_seconds_bucket{le="0.05"}' in generate_latest(REGISTRY)
