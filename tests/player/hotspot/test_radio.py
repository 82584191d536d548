"""hostapd's radio over its control socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from player.hotspot.radio import Radio


class FakeHostapd:
    """Answers each datagram with this state, as the real one does."""

    def __init__(self, path: Path, state: str) -> None:
        path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._state = state
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def _answer(self) -> None:
        while (request := self._socket.recvfrom(100))[0]:
            self._socket.sendto(f"state={self._state}\nphy=phy0\n".encode(), request[1])

    def stop(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def hostapd(stack: ExitStack, folder: Path, state: str) -> None:
    stack.callback(FakeHostapd(folder / "wlan0", state).stop)


def radio(folder: Path, *, within_s: float = 0.0) -> Radio:
    return Radio("wlan0", folder=folder, within_s=within_s, pause_s=0.01)


def test_a_run_that_came_after_has_its_radio_up(stack: ExitStack, tmp_path: Path) -> None:
    hostapd(stack, tmp_path, "ENABLED")
    assert radio(tmp_path).is_up_after(1)


def test_the_run_of_before_says_nothing_about_the_new_file(stack: ExitStack, tmp_path: Path) -> None:
    hostapd(stack, tmp_path, "ENABLED")
    run = radio(tmp_path).run()
    assert run is not None
    assert not radio(tmp_path).is_up_after(run)


@pytest.mark.parametrize("state", ["DISABLED", "COUNTRY_UPDATE", "DFS"])
def test_a_radio_that_is_not_enabled_is_not_up(stack: ExitStack, tmp_path: Path, state: str) -> None:
    hostapd(stack, tmp_path, state)
    assert not radio(tmp_path).is_up_after(1)


def test_a_hostapd_that_is_gone_has_no_run(tmp_path: Path) -> None:
    assert radio(tmp_path).run() is None
    assert not radio(tmp_path).is_up_after(1)
    (tmp_path / "wlan0").touch()  # the socket of one that was killed
    assert not radio(tmp_path).is_up_after(1)


def test_a_hostapd_that_starts_meanwhile_is_waited_for(stack: ExitStack, tmp_path: Path) -> None:
    found: list[bool] = []
    waiting = threading.Thread(target=lambda: found.append(radio(tmp_path, within_s=60).is_up_after(1)))
    waiting.start()
    hostapd(stack, tmp_path, "ENABLED")
    waiting.join(60)
    assert found == [True]
