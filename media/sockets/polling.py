"""Requests for sockets, before Engine.IO reads them: what it would answer with a traceback is refused here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import IO, Any
from urllib.parse import parse_qs

from media.sockets.gate import SocketGate
from media.sockets.websocket import MESSAGE_MOST, TRY_LATER

logger = logging.getLogger(__name__)

SEPARATOR = "\x1e"  # between the packets of a body
PACKETS_MOST = 16  # in one body, as Engine.IO takes them
POLLED = ("1", "3", "4")  # closing, a pong, a message
RETRY_AFTER_S = 30

WsgiApp = Callable[..., Iterable[bytes]]


class SocketRequests:
    """WSGI middleware around Socket.IO's."""

    def __init__(self, app: WsgiApp, gate: SocketGate) -> None:
        self.app = app
        self.gate = gate

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith("/socket.io/"):
            return self.app(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST":
            return self._post(environ, start_response)
        if _opens_a_socket(environ) and self.gate.is_full(environ.get("REMOTE_ADDR", "")):
            return refuse_socket(environ, start_response)
        return self.app(environ, start_response)

    def _post(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Engine.IO would close a socket that sends too much, and wait for ever for it to read its last packet."""
        if int(environ.get("CONTENT_LENGTH") or 0) > MESSAGE_MOST:
            start_response("413 CONTENT TOO LARGE", [("Content-Type", "text/plain"), ("Connection", "close")])
            return [b"A message has at most 100 kB."]
        body = environ["wsgi.input"] = PollingBody(environ["wsgi.input"])

        def answer(status: str, *more: Any) -> Any:
            return start_response("400 BAD REQUEST" if body.is_bad else status, *more)

        return self.app(environ, answer)


def refuse_socket(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """This address holds as many sockets as it may. Its phones go on by asking for the stage now and then."""
    logger.warning(
        "socket refused why=too many from one address (LIFTCAST_SOCKETS_PER_ADDRESS; behind a proxy LIFTCAST_PROXIES)"
    )
    if (websocket := environ.get("wsgi.websocket")) is not None:
        websocket.close(TRY_LATER)
        return []
    start_response("429 TOO MANY REQUESTS", [("Content-Type", "text/plain"), ("Retry-After", str(RETRY_AFTER_S))])
    return [b"Too many sockets are open from this address. Try again in half a minute."]


def _opens_a_socket(environ: dict[str, Any]) -> bool:
    return environ["REQUEST_METHOD"] == "GET" and "sid" not in parse_qs(environ.get("QUERY_STRING", ""))


class PollingBody:
    """The packets of one POST as Engine.IO reads them: empty if they are cut off, or not packets at all."""

    def __init__(self, body: IO[bytes]) -> None:
        self.body = body
        self.is_bad = False

    def read(self, size: int) -> bytes:
        try:
            raw = self.body.read(size)
        except OSError:
            return self._refuse("cut off")
        return raw if are_packets(raw) else self._refuse("no packets")

    def _refuse(self, why: str) -> bytes:
        logger.warning("request body refused method=POST endpoint=socket.io why=%s", why)
        self.is_bad = True
        return b""


def are_packets(raw: bytes) -> bool:
    """As many as Engine.IO takes at once, each of a kind that a client sends."""
    try:
        packets = raw.decode().split(SEPARATOR)
    except UnicodeDecodeError:
        return False
    return not raw or (len(packets) <= PACKETS_MOST and all(packet[:1] in POLLED for packet in packets))
