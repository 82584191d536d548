"""A cheap HTTP client on open connections: writes many requests at one go, then reads the answers as they come."""

from __future__ import annotations

import json
import selectors
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

DEADLINE_S = 60


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def post(path: str, body: Mapping[str, object], headers: Mapping[str, str]) -> bytes:
    """A whole POST, ready to be written."""
    content = json.dumps(body).encode()
    lines = {"Host": "bench", "Content-Type": "application/json", "Content-Length": str(len(content)), **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


class Burst:
    """Connections that stay open, spread evenly over one or more servers."""

    def __init__(self, addresses: Sequence[tuple[str, int]], connections: int) -> None:
        self.sockets = [socket.create_connection(addresses[n % len(addresses)]) for n in range(connections)]
        for connection in self.sockets:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, requests: Sequence[bytes]) -> list[Answer]:
        """All answers in the order of the requests. Up to one request a connection leaves at once, before any answer
        is read; more follow as connections come free."""
        answers: list[Answer | None] = [None] * len(requests)
        waiting = iter(range(len(self.sockets), len(requests)))
        with selectors.DefaultSelector() as selector:
            for at, (connection, request) in enumerate(zip(self.sockets, requests, strict=False)):
                connection.sendall(request)
                selector.register(connection, selectors.EVENT_READ, (at, bytearray()))
            while selector.get_map():
                ready = selector.select(DEADLINE_S)
                if not ready:
                    raise TimeoutError(f"{len(selector.get_map())} answers did not come within {DEADLINE_S} s")
                for key, _ in ready:
                    self._read(selector, key, answers, requests, waiting)
        return [answer for answer in answers if answer is not None]

    def _read(
        self,
        selector: selectors.BaseSelector,
        key: selectors.SelectorKey,
        answers: list[Answer | None],
        requests: Sequence[bytes],
        waiting: Iterator[int],
    ) -> None:
        at, came = key.data
        connection: Any = key.fileobj
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionError("the server closed a connection before it answered")
        came += chunk
        answer = _whole(came)
        if answer is None:
            return
        answers[at] = answer
        following = next(waiting, None)
        if following is None:
            selector.unregister(connection)
            return
        selector.modify(connection, selectors.EVENT_READ, (following, bytearray()))
        connection.sendall(requests[following])

    def close(self) -> None:
        for connection in self.sockets:
            connection.close()


@contextmanager
def burst_of(addresses: Sequence[tuple[str, int]], connections: int) -> Iterator[Burst]:
    burst = Burst(addresses, connections)
    try:
        yield burst
    finally:
        burst.close()


def _whole(came: bytearray) -> Answer | None:
    head, found, body = bytes(came).partition(b"\r\n\r\n")
    if not found:
        return None
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    if len(body) < int(headers["content-length"]):
        return None
    return Answer(int(lines[0].split()[1]), body)
