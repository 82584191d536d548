from __future__ import annotations

import os
import time
from pathlib import Path

import gevent
import pytest
from greenlet import greenlet, settrace
from prometheus_client import generate_latest

from server.http.metrics import REGISTRY
from server.live.stalls import HUB_STALL, TICK_S, StallWatch, without_core_s


def test_the_waits_of_threads_and_of_the_machine_are_in_seconds(tmp_path: Path) -> None:
    for thread, waited_ns in (("7", 2_500_000_000), ("8", 1_000_000)):
        (tmp_path / "self/task" / thread).mkdir(parents=True)
        (tmp_path / "self/task" / thread / "schedstat").write_text(f"5000 {waited_ns} 12\n")
    (tmp_path / "stat").write_text("cpu  938749 36845 112495 2230848 1773 0 1633 400 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n")
    assert without_core_s(tmp_path) == {"7": 2.5, "8": 0.001, "steal": pytest.approx(400 * TICK_S)}


def test_a_kernel_without_these_figures_counts_as_no_wait(tmp_path: Path) -> None:
    (tmp_path / "self/task/7").mkdir(parents=True)
    assert without_core_s(tmp_path) == {}


def test_every_thread_of_this_process_is_looked_at() -> None:
    assert str(os.getpid()) in without_core_s()


class Clock:
    """A clock and the kernel's record of waits, both moved on by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        self.waits = {"7": 1.0}
        monkeypatch.setattr("server.live.stalls.time.monotonic", lambda: self.now)
        monkeypatch.setattr("server.live.stalls.without_core_s", lambda: dict(self.waits))


def test_a_greenlet_that_keeps_the_hub_is_noted_without_its_waits_for_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    noted: list[float] = []
    hub, request = greenlet(), greenlet()
    watch = StallWatch(hub, noted.append)
    watch.switched("switch", (hub, request))
    clock.now += 0.3
    watch.switched("switch", (request, hub))
    watch.switched("switch", (hub, request))
    clock.now += 0.3
    clock.waits = {"7": 1.1, "8": 0.1}
    watch.switched("switch", (request, hub))
    assert noted == [pytest.approx(0.3), pytest.approx(0.1)]


def test_the_hubs_sleep_and_many_short_requests_are_no_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    noted: list[float] = []
    hub, request = greenlet(), greenlet()
    watch = StallWatch(hub, noted.append)
    clock.now += 5
    watch.switched("switch", (hub, request))
    for _ in range(100):
        clock.now += 0.02
        watch.switched("switch", (request, request))
    clock.now += 0.3
    clock.waits = {"7": 1.3}
    watch.switched("switch", (request, hub))
    assert noted == []


def test_a_greenlet_of_this_process_is_noted_when_it_does_not_sleep() -> None:
    noted: list[float] = []
    watch = StallWatch(gevent.get_hub(), noted.append)
    watching = gevent.spawn(watch.run, gevent.sleep)
    try:
        gevent.sleep(0.05)
        gevent.spawn(time.sleep, 0.5).join()
    finally:
        settrace(None)
        watching.kill()
    assert max(noted) >= 0.4


def test_stalls_are_among_the_exported_numbers() -> None:
    HUB_STALL.observe(0.0)
    assert b'liftcast_hub_stall_seconds_bucket{le="0.05"}' in generate_latest(REGISTRY)
