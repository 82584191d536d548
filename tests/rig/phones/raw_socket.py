"""A WebSocket client that sends any frames that a test wants, also those that no library would send."""

from __future__ import annotations

import json
import struct
from types import TracebackType
from typing import Any, Self

from gevent import socket

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = b"\x01\x02\x03\x04"
SOCKET_PATH = "/socket.io/?EIO=4&transport=websocket"
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)


class RawSocket:
    """Connected by WebSocket to Engine.IO; a server that does not answer within 20 s fails the test."""

    def __init__(self, port: int, *, more: str = "") -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.connection.sendall(HANDSHAKE.format(path=SOCKET_PATH, more=more).encode())
        self.file = self.connection.makefile("rb")
        self.status = self.file.readline().decode().strip()
        while self.file.readline().strip():
            pass

    def send(self, text: str) -> None:
        self.send_frame(text.encode())

    def send_frame(
        self, payload: bytes, opcode: int = TEXT, *, fin: bool = True, promised: int | None = None, mask: bytes = MASK
    ) -> None:
        """`promised`: the length that the frame claims to have."""
        length = len(payload) if promised is None else promised
        head = bytes([opcode | (0x80 if fin else 0), 0x80 | 127 if mask else 127]) + struct.pack("!Q", length)
        if length < 126:
            head = bytes([head[0], (0x80 if mask else 0) | length])
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload)) if mask else payload
        self.connection.sendall(head + mask + masked)

    def send_quietly(self, *args: Any, **more: Any) -> bool:
        """Whether the server still took it."""
        try:
            self.send_frame(*args, **more)
        except OSError:
            return False
        return True

    def receive(self) -> tuple[int, bytes]:
        """The next frame: its opcode and payload; (CLOSE, b"") at the end of the connection."""
        try:
            head = self.file.read(2)
            if len(head) < 2:
                return CLOSE, b""
            length = head[1] & 127
            if length == 126:
                length = struct.unpack("!H", self.file.read(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self.file.read(8))[0]
            return head[0] & 15, self.file.read(length)
        except ConnectionError:
            return CLOSE, b""

    def next_message(self) -> str:
        """The next text that is no Engine.IO opening or ping."""
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                raise ConnectionError(f"closed with {payload!r}")
            if opcode == TEXT and payload[:1] not in (b"0", b"2"):
                return payload.decode()

    def close_code(self) -> int | None:
        """Read until the server closes; None if it ends the connection without saying why."""
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                return struct.unpack("!H", payload[:2])[0] if payload else None

    def join(self, namespace: str, auth: dict[str, Any]) -> str:
        self.send(f"40{namespace},{json.dumps(auth)}")
        return self.next_message()

    def close(self) -> None:
        self.file.close()
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
