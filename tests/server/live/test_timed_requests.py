from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from gevent import socket
from gevent.pywsgi import WSGIServer

from server.hub import Handler
from server.live import timed_requests

POST = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n"


def read_all(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    if environ["PATH_INFO"] == "/unread":
        start_response("404 Not Found", [])
        return [b"not here"]
    try:
        body = environ["wsgi.input"].read()
    except OSError:
        start_response("400 Bad Request", [])
        return [b"cut off"]
    start_response("200 OK", [])
    return [body]


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """A server that waits a moment only, of the process's own handler."""
    for name in ("IDLE_S", "HEAD_S", "BODY_S"):
        monkeypatch.setattr(timed_requests, name, 0.05)
    server = WSGIServer(("127.0.0.1", 0), read_all, handler_class=Handler, log=None, error_log=None)
    server.start()
    yield "127.0.0.1", server.server_port
    server.stop()


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b""),
        (b"GET / HT", b""),
        (b"GET / HTTP/1.1\r\nHost: h\r\nX: ", b"HTTP/1.1 400"),
        (POST + b"half", b"HTTP/1.1 400"),
        (POST.replace(b"/", b"/unread", 1) + b"half", b"HTTP/1.1 404"),
        (POST + b"whole body", b"HTTP/1.1 200"),
    ],
)
def test_a_client_that_stops_in_the_middle_is_closed(address: tuple[str, int], sent: bytes, answer: bytes) -> None:
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(sent)
        got = b"".join(iter(lambda: client.recv(1 << 16), b""))  # ends only when the server closes
    assert got.startswith(answer)
    assert bool(got) is bool(answer)
