"""The player's end of the socket, against a real small server."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest

from media.clock import PING_BURST, Sample
from player.sync import server_socket
from player.sync.server_socket import Answer, ServerSocket
from tests.player.timelines import a_timeline
from tests.rig.servers.fake_server import FakeServer
from tests.rig.servers.processes import eventually

TOKEN = "t" * 64


class Rig:
    def __init__(self, server: FakeServer) -> None:
        self.server = server
        self.enrolled = True
        self.tries = 0
        self.hints = threading.Semaphore(0)
        self.bursts: list[list[Sample]] = []
        self.games: Queue[object] = Queue()
        self.socket = ServerSocket(
            server.url, lambda: TOKEN, may_connect=self._may_connect, on_hint=self.hints.release,
            on_command=self._command, on_game=self.games.put, learn=self.bursts.append,
            local_ms=lambda: time.monotonic() * 1000,
        )  # fmt: skip

    def connect(self) -> None:
        self.socket.start()
        await_true(lambda: self.server.sockets)
        assert self.hints.acquire(timeout=20)  # hints that were sent while it was away are in the manifest

    def _may_connect(self) -> bool:
        self.tries += 1
        return self.enrolled

    def _command(self, message: Answer) -> Answer:
        return {"ok": True, "done": message["do"]}


def await_true(condition: Callable[[], object]) -> None:
    eventually(lambda: bool(condition()) or None, within_s=20, what="the socket")


@pytest.fixture
def rig(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(server_socket, "PAUSE_FIRST_S", 0.01)
    server.enrol(hashlib.sha256(TOKEN.encode()).hexdigest())
    rig = Rig(server)
    yield rig
    rig.socket.stop()


@pytest.mark.parametrize("event", ["timeline", "interrupt"])
def test_a_hint_that_there_is_something_new_is_passed_on(rig: Rig, server: FakeServer, event: str) -> None:
    rig.connect()
    server.publish(a_timeline(), hint=event)
    assert rig.hints.acquire(timeout=20)


def test_the_state_of_a_game_is_passed_on(rig: Rig, server: FakeServer) -> None:
    rig.connect()
    server.io.emit("game", {"spot": 5}, namespace="/player")
    assert rig.games.get(timeout=20) == {"spot": 5}


def test_its_pings_teach_the_clock_the_servers_time(rig: Rig, server: FakeServer) -> None:
    server.offset_ms = 60_000
    before_ms = server.now_ms()
    rig.connect()
    await_true(lambda: rig.bursts)
    assert len(rig.bursts[0]) == PING_BURST
    for sample in rig.bursts[0]:
        assert sample.t0 <= sample.t3
        assert before_ms <= sample.t1 <= sample.t2 <= server.now_ms()


@pytest.mark.parametrize(
    ("message", "answer"),
    [
        ({"do": "identify"}, {"ok": True, "done": "identify"}),
        ("identify", {"ok": False, "why": "a command is an object with a `do`"}),
        ([1, 2], {"ok": False, "why": "a command is an object with a `do`"}),
    ],
)
def test_a_command_is_answered(rig: Rig, server: FakeServer, message: Any, answer: Answer) -> None:
    rig.connect()
    assert server.command(message) == answer


def test_a_connection_that_breaks_is_made_anew(rig: Rig, server: FakeServer) -> None:
    rig.connect()
    server.cut()
    await_true(lambda: not rig.socket.connected)
    server.sockets.clear()
    server.start()
    rig.socket.wake()
    await_true(lambda: server.sockets)
    assert rig.hints.acquire(timeout=20)
    assert rig.socket.connected


def test_a_box_that_is_not_enrolled_does_not_connect_until_it_is(rig: Rig, server: FakeServer) -> None:
    rig.enrolled = False
    rig.socket.start()
    rig.socket.wake()
    await_true(lambda: rig.tries >= 2)
    assert not server.sockets
    rig.enrolled = True
    rig.socket.wake()
    await_true(lambda: server.sockets)


def test_a_server_that_does_not_know_the_token_is_tried_again_and_hints_nothing(rig: Rig, server: FakeServer) -> None:
    server.known.clear()
    rig.socket.start()
    await_true(lambda: rig.tries >= 2)
    assert (rig.bursts, rig.hints.acquire(blocking=False)) == ([], False)
