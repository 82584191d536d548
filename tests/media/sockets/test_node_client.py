"""Node's socket.io-client, which phones have in their page, takes what is written past the queue of its socket.

Covers: media.sockets.direct_sends
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gevent
import gevent.subprocess
import pytest

from tests.media.sockets.conftest import Server, running

SCRIPT = Path(__file__).parent / "node_phone.mjs"
Line = list[Any]


class NodePhone:
    """`lines`: what it printed and was not read yet"""

    def __init__(self, process: gevent.subprocess.Popen) -> None:
        self._process = process

    def next(self) -> Line:
        with gevent.Timeout(20):
            line: Line = json.loads(self._process.stdout.readline())
            return line

    def lines_until(self, *last: object) -> list[Line]:
        lines = []
        while not lines or lines[-1] != list(last):
            lines.append(self.next())
        return lines

    def release(self) -> None:
        self._process.stdin.write(b"\n")
        self._process.stdin.flush()


@contextmanager
def node_phone(server: Server, *transports: str) -> Iterator[NodePhone]:
    command = ["node", str(SCRIPT), f"http://127.0.0.1:{server.port}", ",".join(transports)]
    pipes = {"stdin": gevent.subprocess.PIPE, "stdout": gevent.subprocess.PIPE}
    with gevent.subprocess.Popen(command, **pipes) as process:
        try:
            yield NodePhone(process)
        finally:
            process.kill()


@pytest.fixture
def server() -> Iterator[Server]:
    with running(direct=True) as server:
        yield server


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_it_receives_texts_of_every_length_and_bytes(server: Server, transport: str) -> None:
    with node_phone(server, transport) as phone:
        assert phone.next() == ["connect", transport]
        for size in (0, 100, 130, 70_000):
            server.emit("stage", "杯" * size)
        server.emit("stage", {"offer": b"\x00\xff"})
        received = [phone.next() for _ in range(5)]
    texts = [["stage", ""], ["stage", "杯" * 100], ["stage", 130], ["stage", 70_000]]
    assert received == [*texts, ["stage", {"offer": {"type": "Buffer", "data": [0, 255]}}]]


def test_it_misses_nothing_while_it_changes_from_polling_to_a_websocket(server: Server) -> None:
    server.opens.clear()
    with node_phone(server, "polling", "websocket") as phone:
        assert phone.next() == ["connect", "polling"]
        numbers = gevent.spawn(emit_numbers, server)
        lines = [phone.next() for _ in range(100)]
        server.opens.set()
        lines += phone.lines_until("upgrade", "websocket")
        lines += [phone.next() for _ in range(100)]
        numbers.kill()
    received = [line[1] for line in lines if line[0] == "number"]
    assert received == list(range(len(received)))


def emit_numbers(server: Server) -> None:
    for number in range(1_000_000):
        server.emit("number", number)
        gevent.sleep(0.0005)


def test_it_connects_again_after_its_connection_broke_off(server: Server) -> None:
    with node_phone(server, "websocket") as phone:
        assert phone.next() == ["connect", "websocket"]
        assert server.direct is not None
        [websocket] = server.direct._websockets.values()
        websocket.close()
        assert phone.next() == ["disconnect", "transport close"]
        assert phone.next() == ["connect", "websocket"]
        server.emit("stage", 1)
        assert phone.next() == ["stage", 1]


def test_it_receives_all_frames_whole_and_in_order_after_it_read_nothing_for_a_while(server: Server) -> None:
    size = 60_000
    with node_phone(server, "websocket") as phone:
        assert phone.next() == ["connect", "websocket"]
        server.emit("hold", None)
        assert phone.next() == ["held"]
        count = 0
        while server.queued < 10:
            server.emit("number", {"number": count})
            server.emit("filler", "x" * size)
            count += 1
        phone.release()
        server.emit("number", {"number": count})
        lines = phone.lines_until("number", {"number": count})
    assert [line[1]["number"] for line in lines if line[0] == "number"] == list(range(count + 1))
    assert [line[1] for line in lines if line[0] == "filler"] == [size] * count
