"""Messages to systemd, through a socket like its own."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from player.systemd import SILENT_NS, Watchdog


@pytest.fixture
def heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], list[str]]]:
    """The messages since the last call; the watchdog expects a ping every 300 ms."""
    systemd = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    systemd.bind(str(tmp_path / "notify"))
    systemd.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "300000")

    def look() -> list[str]:
        activity = []
        while True:
            try:
                activity.append(systemd.recv(1000).decode())
            except BlockingIOError:
                return activity

    yield look
    systemd.close()


@pytest.fixture
def supervisor(heard: Callable[[], list[str]]) -> Iterator[Watchdog]:
    supervisor = Watchdog()
    yield supervisor
    supervisor.close()


def test_ready_and_what_it_does_are_reported(supervisor: Watchdog, heard: Callable[[], list[str]]) -> None:
    supervisor.ready()
    supervisor.report("version 1")
    supervisor.report("version 1")
    assert heard() == ["READY=1", "STATUS=version 1"]


def test_the_watchdog_hears_of_a_loop_that_turns_no_oftener_than_it_must(
    supervisor: Watchdog, heard: Callable[[], list[str]]
) -> None:
    for _ in range(100):
        supervisor.alive(display_down_ns=0)
    assert heard() == ["WATCHDOG=1"]
    assert supervisor.every_ns == 100_000_000


def test_a_display_that_stays_broken_is_left_to_systemd(supervisor: Watchdog, heard: Callable[[], list[str]]) -> None:
    supervisor.alive(display_down_ns=SILENT_NS)
    assert heard() == []


def test_without_systemd_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    supervisor = Watchdog()
    supervisor.ready()
    supervisor.alive(display_down_ns=0)
    assert supervisor.every_ns is None
    supervisor.close()
