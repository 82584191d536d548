"""gevent's HTTP server with limits on what a client may hold open: connections, time for a request, size of its head.

Behind nginx, nginx limits these; they are for a server that clients reach without it. No proxy can limit how much a
server that is overloaded takes on: a request whose client has hung up is dropped unanswered, and of more requests at
once than can be answered in time the last are refused. Else the queue grows until nobody is answered.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socket import IPPROTO_TCP, MSG_DONTWAIT, MSG_PEEK, TCP_NODELAY
from typing import IO, Any

import gevent
from gevent.pywsgi import WSGIServer
from geventwebsocket.handler import WebSocketHandler

from media.networks import network_of
from media.sockets.websocket import BoundedWebSocket

# 60 phones with the six connections of a browser and a socket each, and 30 boxes with three, are 510 behind one
# address; four such lobbies may share one.
CONNECTIONS_EACH = 2048
SOCKETS_PATH = "/socket.io/"
IDLE_S = 75  # between two requests on one connection
HEAD_S = 20
HEAD_MOST = 32_768  # bytes, as nginx allows; a socket keeps its head as long as it is open
BODY_S = 60
# Requests that are answered at once; sockets are none. 500 phones that return together are some 300.
REQUESTS_MOST = 512
RETRY_AFTER_S = 2
BUSY = {
    "code": "server_busy",
    "message": "The server is busy, and nothing was changed.",
    "remedy": "Try again in a few seconds.",
}

TOO_SLOW_ANSWER = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-length: 0\r\n\r\n"


class HeadTooSlow(ValueError):
    """The head of a request did not arrive in time."""


class HeadTooLarge(ValueError):
    """The head of a request is larger than this server reads."""


class IdleConnection(OSError):
    """Nothing arrived on an open connection."""


class BodyTooSlow(OSError):
    """The body of a request did not arrive in time."""


class BoundedServer(WSGIServer):  # type: ignore[misc]  # gevent's class is compiled
    """`connections_each`: how many connections one address may hold, None if all come through a proxy.

    client_of: from an address, who is counted · requests: those that are being answered
    """

    def __init__(
        self, *args: Any, connections_each: int | None, client_of: Callable[[str], str] = network_of, **more: Any
    ) -> None:
        super().__init__(*args, handler_class=BoundedHandler, **more)
        self.connections_each = connections_each
        self.client_of = client_of
        self.connections: Counter[str] = Counter()
        self.requests = 0

    def handle(self, connection: Any, address: tuple[str, int]) -> None:
        with self._counted(self.client_of(address[0])) as is_welcome:
            if is_welcome:
                # Else the body of an answer waits until the client acknowledges its head, which takes it 40 ms.
                connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
                super().handle(connection, address)
            else:
                connection.close()

    @contextmanager
    def _counted(self, network: str) -> Iterator[bool]:
        self.connections[network] += 1
        try:
            yield self.connections_each is None or self.connections[network] <= self.connections_each
        finally:
            self.connections[network] -= 1
            if not self.connections[network]:
                del self.connections[network]


class BoundedHandler(WebSocketHandler):  # type: ignore[misc]  # gevent-websocket has no types
    """One connection: its requests, or the socket that it becomes, which only then has `websocket`."""

    websocket: BoundedWebSocket

    def read_requestline(self) -> str:
        with gevent.Timeout(IDLE_S, IdleConnection()):
            return str(super().read_requestline())

    def read_request(self, raw_requestline: str) -> bool:
        with gevent.Timeout(HEAD_S, HeadTooSlow()):
            return bool(super().read_request(raw_requestline))

    def MessageClass(self, head: IO[bytes], *args: Any) -> Any:
        return super().MessageClass(BoundedHead(head), *args)

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()
        self.wsgi_input.rfile = TimedBody(self)
        if self.command != "GET":  # a body is read by its length even if the request calls itself an upgrade
            environ["wsgi.input"] = self.wsgi_input
        return environ

    def run_application(self) -> None:
        """Answer the request, unless nobody waits for the answer or too many do."""
        if self._client_hung_up():
            self.close_connection = True
        elif self.environ["PATH_INFO"].startswith(SOCKETS_PATH):
            super().run_application()
        elif self.server.requests >= REQUESTS_MOST:
            self._refuse_busy()
        else:
            self.server.requests += 1
            try:
                super().run_application()
            finally:
                self.server.requests -= 1

    def _client_hung_up(self) -> bool:
        """A client that has more to say, or waits in silence, has not."""
        try:
            return not self.socket._sock.recv(1, MSG_PEEK | MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def _refuse_busy(self) -> None:
        body = json.dumps({"error": BUSY}).encode()
        headers = {
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Retry-After": str(RETRY_AFTER_S),
        }
        self.start_response("503 Service Unavailable", [*headers.items(), ("Cache-Control", "no-store")])
        self.result = [body]
        self.process_result()

    def run_websocket(self) -> None:
        """As the library does, without its list of clients: two of one address and port would fail at their end."""
        try:
            list(self.application(self.environ, lambda _status, _headers, _error=None: []))
        finally:
            if not self.websocket.closed:
                self.websocket.close()
            self.environ["wsgi.websocket"] = None
            del self.websocket

    def upgrade_connection(self) -> Any:
        result = super().upgrade_connection()
        if (unbounded := getattr(self, "websocket", None)) is not None:
            unbounded.closed = True  # else it would send a close frame when it is collected
            self.websocket = BoundedWebSocket(self.environ, self.socket, self.rfile.read)
            self.environ["wsgi.websocket"] = self.websocket
        return result

    def _handle_client_error(self, error: Exception) -> tuple[str, bytes]:
        if isinstance(error, HeadTooSlow):
            return "408", TOO_SLOW_ANSWER
        answer: tuple[str, bytes] = super()._handle_client_error(error)
        return answer


class BoundedHead:
    """The lines of a head, up to `HEAD_MOST` bytes of them."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.left = HEAD_MOST

    def readline(self, size: int) -> bytes:
        line = self.file.readline(min(size, self.left + 1))
        self.left -= len(line)
        if self.left < 0:
            raise HeadTooLarge(f"the head of a request has more than {HEAD_MOST} bytes")
        return line


class TimedBody:
    """The body of one request: its time begins when it is first read. Bytes that arrive later end the connection."""

    def __init__(self, handler: BoundedHandler) -> None:
        self.handler = handler
        self.file = handler.rfile
        self.until: float | None = None

    def read(self, size: int) -> bytes:
        return self._in_time(self.file.read, size)

    def readline(self, size: int) -> bytes:
        return self._in_time(self.file.readline, size)

    def _in_time(self, read: Any, size: int) -> bytes:
        now = time.monotonic()
        self.until = self.until or now + BODY_S
        try:
            with gevent.Timeout(max(0.0, self.until - now), BodyTooSlow("the body did not arrive in time")):
                return bytes(read(size))
        except BodyTooSlow:
            self.handler.close_connection = True
            raise
