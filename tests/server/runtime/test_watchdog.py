from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sdnotify import SystemdNotifier

from server.runtime import watchdog
from server.runtime.watchdog import ping_watchdog


class Stopped(Exception):
    """Ends the loop, which never ends by itself."""


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """systemd's end of the socket. The process never closes its own end, which is open as long as it runs."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.settimeout(10)
        notifier = SystemdNotifier()
        monkeypatch.setattr(watchdog, "SystemdNotifier", lambda: notifier)
        with closing(notifier.socket):
            yield listening


def run(rounds: int) -> list[float]:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == rounds:
            raise Stopped

    with pytest.raises(Stopped):
        ping_watchdog(sleep)
    return slept


def test_systemd_hears_once_that_it_is_ready_and_twice_a_period_that_it_runs(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "3000000")
    assert run(2) == [1.5, 1.5]
    assert [systemd.recv(99) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"]


def test_without_a_period_it_pings_as_often_as_our_units_ask(
    systemd: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    assert run(1) == [10.0]


def test_outside_systemd_there_is_nobody_to_hear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    ping_watchdog(lambda _seconds: pytest.fail("it waits"))
