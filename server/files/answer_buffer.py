"""Answers that wait until their client takes them: no thread waits with them."""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import IO, Any

PART = 256 << 10  # sent at a time, so that all clients get their turn


class PartOfFile(FileIO):
    """A file from `start` on, of which `length` bytes can be read."""

    def __init__(self, path: Path, *, start: int, length: int) -> None:
        super().__init__(path)
        self.seek(start)
        self._left = length

    def read(self, size: int | None = -1, /) -> bytes:
        most = self._left if size is None or size < 0 else min(size, self._left)
        part = super().read(most) or b""
        self._left -= len(part)
        return part


@dataclass
class Bytes:
    data: memoryview

    def send(self, sock: socket.socket) -> int:
        sent = sock.send(self.data)
        self.data = self.data[sent:]
        return sent

    @property
    def is_sent(self) -> bool:
        return not self.data

    def close(self) -> None:
        """Nothing is open."""


@dataclass
class Stretch:
    """Bytes `at` to `end` of an open file, which the kernel sends."""

    descriptor: int
    at: int
    end: int

    def send(self, sock: socket.socket) -> int:
        sent = os.sendfile(sock.fileno(), self.descriptor, self.at, min(PART, self.end - self.at))
        if sent == 0:
            raise OSError(errno.EIO, "the file is shorter than its answer says")
        self.at += sent
        return sent

    @property
    def is_sent(self) -> bool:
        return self.at >= self.end

    def close(self) -> None:
        os.close(self.descriptor)


class AnswerBuffer:
    """Takes the place of a socket while gunicorn writes an answer to it, and keeps the answer."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._parts: deque[Bytes | Stretch] = deque()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.sock, name)

    def sendall(self, data: bytes) -> None:
        self._parts.append(Bytes(memoryview(data)))

    def sendfile(self, file: IO[bytes], offset: int, count: int) -> None:
        self._parts.append(Stretch(os.dup(file.fileno()), offset, offset + count))

    def send_some(self) -> bool:
        """Send at most a `PART` and a head; False if the client takes nothing now. Raises OSError if it is gone."""
        sent = 0
        with suppress(BlockingIOError):
            while self._parts and sent < PART:
                part = self._parts[0]
                sent += part.send(self.sock)
                if part.is_sent:
                    self._parts.popleft().close()
        return sent > 0

    @property
    def is_empty(self) -> bool:
        return not self._parts

    def close(self) -> None:
        """Forget what was not sent."""
        while self._parts:
            self._parts.popleft().close()
