"""The cable between a player and its server: a relay that can be cut and mended."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from typing import Self


class Cable:
    """Relays TCP connections to a target; cut, it drops all of them and refuses new ones.

    listener: accepts them in place of a new one, for which host and port are; it may be of another network namespace
    source: the address of this machine that the target sees
    """

    def __init__(
        self,
        target: tuple[str, int],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        listener: socket.socket | None = None,
        source: str = "",
    ) -> None:
        self.target = target
        self.source = source
        self.whole = True
        self.ends: set[socket.socket] = set()
        self.lock = threading.Lock()
        self.listener = listener or socket.create_server((host, port), backlog=128)
        self.address: tuple[str, int] = self.listener.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{self.address[0]}:{self.address[1]}"

    def cut(self) -> None:
        """As if the plug were pulled: what is under way breaks off, what is new fails."""
        self.whole = False
        with self.lock:
            ends, self.ends = self.ends, set()
        for end in ends:
            _close(end)

    def mend(self) -> None:
        self.whole = True

    def close(self) -> None:
        self.cut()
        _close(self.listener)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(near,), daemon=True).start()

    def passes(self, near: socket.socket) -> bool:
        """Whether a new connection is let through at all."""
        return self.whole

    def _relay(self, near: socket.socket) -> None:
        try:
            if not self.passes(near):
                raise ConnectionError
            far = socket.create_connection(self.target, timeout=10, source_address=(self.source, 0))
            far.settimeout(None)
        except OSError:
            _close(near)
            return
        with self.lock:
            self.ends |= {near, far}
        if not self.whole:
            self.cut_pair(near, far)
            return
        threading.Thread(target=self._pump, args=(near, far), daemon=True).start()
        self._pump(far, near)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        try:
            while chunk := source.recv(65536):
                sink.sendall(chunk)
        except OSError:
            pass
        self.cut_pair(source, sink)

    def cut_pair(self, *pair: socket.socket) -> None:
        with self.lock:
            self.ends -= set(pair)
        for end in pair:
            _close(end)


class WithoutSockets(Cable):
    """Lets all through but Socket.IO, as networks do that know pages only: the player is left with polling."""

    def passes(self, near: socket.socket) -> bool:
        near.settimeout(10)
        first = near.recv(256, socket.MSG_PEEK)
        near.settimeout(None)
        return self.whole and b" /socket.io/" not in first.split(b"\r\n", 1)[0]


def _close(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
