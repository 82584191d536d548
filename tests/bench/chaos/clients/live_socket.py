"""A light Socket.IO client on one WebSocket: connects again as browsers do, and hands on what it is sent."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gevent
import websocket

from tests.bench.chaos.clients.http import Address
from tests.bench.chaos.tries import NO_ANSWER, Record

CONNECT_WITHIN_S = 10
SILENT_S = 45  # the server pings every 20 s

# Engine.IO's packet types, and Socket.IO's within its messages.
PING, PONG = "2", "3"
CONNECT, CONNECTED, REFUSED, EVENT = "40", "40", "44", "42"


@dataclass
class LiveSocket:
    """`pause` gives the seconds to wait after so many tries that failed. `on_event` is called for `connect` too."""

    record: Record
    server: Address
    namespace: str
    auth: dict[str, str]
    on_event: Callable[[str], object]
    pause: Callable[[int], float]
    source: str = "127.0.0.1"
    connected: bool = False
    _socket: websocket.WebSocket | None = field(default=None, repr=False)

    def run(self) -> None:
        failed = 0
        while True:
            try:
                self._connect()
                failed = 0
                self.on_event("connect")
                self._listen()
            except (OSError, ValueError, websocket.WebSocketException):
                pass
            self._forget()
            gevent.sleep(self.pause(failed))
            failed += 1

    def emit(self, event: str, message: object) -> None:
        if self.connected and self._socket is not None:
            self._send(f"{EVENT}{self.namespace},{json.dumps([event, message])}")

    def drop(self) -> None:
        """The network goes away under it."""
        if self._socket is not None and self._socket.sock is not None:
            self._socket.sock.close()

    def _connect(self) -> None:
        number, status, retry_after = self.record.begin("socket"), NO_ANSWER, False
        try:
            line = socket.create_connection(self.server, CONNECT_WITHIN_S, source_address=(self.source, 0))
            self._socket = websocket.WebSocket()
            url = f"ws://{self.server[0]}:{self.server[1]}/socket.io/?EIO=4&transport=websocket"
            try:
                self._socket.connect(url, socket=line, timeout=CONNECT_WITHIN_S)
            except websocket.WebSocketBadStatusException as error:
                status, retry_after = error.status_code, "retry-after" in (error.resp_headers or {})
                raise
            status = 101
            self._wait_until_connected()
        finally:
            self.record.end(number, status, retry_after=retry_after)

    def _wait_until_connected(self) -> None:
        assert self._socket is not None
        self._send(f"{CONNECT}{self.namespace},{json.dumps(self.auth)}")
        while not self.connected:
            packet = str(self._socket.recv())
            if packet == PING:
                self._send(PONG)
            elif packet.startswith(REFUSED):
                raise ConnectionRefusedError(packet)
            self.connected = packet.startswith(CONNECTED)
        self._socket.settimeout(SILENT_S)

    def _listen(self) -> None:
        assert self._socket is not None
        while True:
            packet: Any = self._socket.recv()
            if not packet:
                raise ConnectionError("the server closed this socket")
            if packet == PING:
                self._send(PONG)
            elif packet.startswith(EVENT):
                self.on_event(json.loads(packet[packet.index("[") :])[0])

    def _send(self, packet: str) -> None:
        assert self._socket is not None
        self._socket.send(packet)

    def _forget(self) -> None:
        self.connected = False
        if self._socket is not None:
            self._socket.shutdown()
            self._socket = None
