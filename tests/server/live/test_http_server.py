"""Limits of open connections: a request has so much time and so large a head, an address so many connections.

Covers: media.sockets.http_server
"""

from __future__ import annotations

import json

import pytest
from gevent import socket

from media.sockets import http_server
from tests.server.live.conftest import Hub

CLOCK = "/api/v1/clock?t0=1"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDLE_S", "HEAD_S", "BODY_S"):
        monkeypatch.setattr(http_server, name, 0.1)


def talk(hub: Hub, *parts: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_connection_that_requests_nothing_is_closed(hub: Hub) -> None:
    assert talk(hub) == b""


def test_no_write_waits_until_the_one_before_is_acknowledged(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    options, handle = [], http_server.BoundedHandler.handle

    def read_option(handler: http_server.BoundedHandler) -> None:
        options.append(handler.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        handle(handler)

    monkeypatch.setattr(http_server.BoundedHandler, "handle", read_option)
    talk(hub)
    assert options == [1]


def test_a_head_that_never_ends_is_a_408(hub: Hub) -> None:
    assert talk(hub, b"GET / HTTP/1.1\r\nHost: test\r\n").startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize("head", [b"X: " + b"x" * 40_000 + b"\r\n", b"X: x\r\n" * 7000], ids=["long", "many"])
def test_a_head_that_is_too_large_is_a_400(hub: Hub, head: bytes) -> None:
    try:
        assert talk(hub, b"GET / HTTP/1.1\r\nHost: test\r\n" + head + b"\r\n").startswith(b"HTTP/1.1 400")
    except ConnectionResetError:
        return  # it was closed before all of it was sent


@pytest.mark.parametrize("kind", [b"Content-Length: 100\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n64\r\n"])
@pytest.mark.parametrize("upgrade", [b"", b"Upgrade: websocket\r\n"])
def test_a_body_that_never_ends_is_cut_off(hub: Hub, kind: bytes, upgrade: bytes) -> None:
    head = b"POST /api/v1/players/enrol HTTP/1.1\r\nHost: test\r\n" + upgrade
    answer = talk(hub, head + kind + b"{")
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_body_that_nobody_reads_ends_the_connection_too(hub: Hub) -> None:
    answer = talk(hub, b"GET " + CLOCK.encode() + b" HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 200")


def test_an_address_holds_so_many_connections_and_no_more(hub: Hub) -> None:
    held = [socket.create_connection(("127.0.0.1", hub.port), timeout=20) for _ in range(20)]
    hub.wait_until(lambda: hub.server.connections["127.0.0.1"] == 20)
    assert talk(hub) == b""
    for connection in held:
        connection.close()
    hub.wait_until(lambda: hub.server.connections == {})


def test_a_request_whose_client_hung_up_is_not_answered(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[str] = []
    monkeypatch.setattr(hub.server, "application", lambda environ, start: answered.append(environ["PATH_INFO"]) or [])
    with socket.create_connection(("127.0.0.1", hub.port), timeout=20) as connection:
        connection.sendall(b"GET /abandoned HTTP/1.1\r\nHost: test\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
    talk(hub, b"GET /awaited HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    assert answered == ["/awaited"]


def test_of_too_many_requests_at_once_the_last_are_refused_for_a_moment(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_server, "REQUESTS_MOST", 0)
    answer = talk(hub, b"GET " + CLOCK.encode() + b" HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503")
    assert b"Retry-After: 2" in head
    assert json.loads(body)["error"]["code"] == "server_busy"
    monkeypatch.setattr(http_server, "REQUESTS_MOST", 1)
    for _ in range(3):  # what was answered is counted no more
        assert talk(hub, f"GET {CLOCK} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".encode()).startswith(
            b"HTTP/1.1 200"
        )
    assert hub.server.requests == 0
