"""Phones of the bench: plain sockets that one loop reads."""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Sequence

from tests.rig.phones.raw_socket import HANDSHAKE, MASK, SOCKET_PATH

DEADLINE_S = 30.0
WAVE = 200
LAST_BYTES = 4096  # of each line are remembered: more than a message
OPEN, JOINED = b'"pingTimeout"', b"40/phone"
PING, PONG = b"\x81\x012", "3"  # Engine.IO's, as frames arrive and as text


class Phones:
    """Connections that count the messages that arrive."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.last_bytes: dict[socket.socket, bytes] = {}

    @property
    def lines(self) -> Sequence[socket.socket]:
        return tuple(self.last_bytes)

    def connect(self, port: int, path: str, count: int, *, greeting: bytes) -> None:
        """In waves that no queue of new connections is too short for."""
        while missing := count - len(self.lines):
            for _ in range(min(missing, WAVE)):
                line = socket.create_connection(("127.0.0.1", port))
                line.sendall(HANDSHAKE.format(path=path, more="").encode())
                self.last_bytes[line] = b""
                self.selector.register(line, selectors.EVENT_READ)
            self.arrivals(greeting, all_required=True)

    def arrivals(self, mark: bytes, *, all_required: bool = False) -> list[float]:
        """When these bytes arrived on each line, monotonic; lines that they did not reach are left out."""
        waiting = {line for line, before in self.last_bytes.items() if mark not in before}
        deadline, at = time.monotonic() + DEADLINE_S, []
        while waiting:
            ready = self.selector.select(deadline - time.monotonic())
            if not ready:
                break
            for key, _ in ready:
                line = key.fileobj
                assert isinstance(line, socket.socket)
                if mark in self._read(line) and line in waiting:
                    waiting.discard(line)
                    at.append(time.monotonic())
        if waiting and all_required:
            raise TimeoutError(f"{len(waiting)} of {len(self.lines)} phones never received {mark!r}")
        return at

    def close(self) -> None:
        for line in self.lines:
            line.close()
        self.selector.close()

    def _read(self, line: socket.socket) -> bytes:
        received = line.recv(65536)
        if not received:
            raise ConnectionError("a server closed the line of a phone")
        if PING in received:
            line.sendall(masked(PONG))
        self.last_bytes[line] = (self.last_bytes[line] + received)[-LAST_BYTES:]
        return self.last_bytes[line]


def at_screen(port: int, code: str, count: int) -> Phones:
    """Phones that have joined one screen by Socket.IO."""
    phones = Phones()
    phones.connect(port, SOCKET_PATH, count, greeting=OPEN)
    for line in phones.lines:
        line.sendall(masked(f"40/phone,{json.dumps({'screen': code})}"))
    phones.arrivals(JOINED, all_required=True)
    return phones


def at_channel(port: int, path: str, count: int) -> Phones:
    """Phones on a plain WebSocket, which is subscribed by its path."""
    phones = Phones()
    phones.connect(port, path, count, greeting=b"\r\n\r\n")
    return phones


def masked(text: str) -> bytes:
    payload = text.encode()
    head = bytes([0x81, 0x80 | len(payload)]) + MASK
    return head + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))
