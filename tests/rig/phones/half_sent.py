"""Clients that are cut off in the middle of what they send, or read nothing of the answer."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

PROMISED = 1 << 20


@contextmanager
def half_sent(url: str, body: bytes, *, chunked: bool = False) -> Iterator[socket.socket]:
    """PUT `body` where more was promised; the client dies at the end of the block."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as connection:
        connection.sendall(_half(url, body, chunked=chunked))
        yield connection


@contextmanager
def begun(url: str) -> Iterator[socket.socket]:
    """A connection on which a request's head begins and does not end."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as connection:
        connection.sendall(b"GET /media/x HTTP/1.1\r\nHost:")
        yield connection


@contextmanager
def unread(url: str) -> Iterator[socket.socket]:
    """A connection on which a file is fetched, of which only the first byte is read."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=20) as connection:
        connection.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
        assert connection.recv(1) == b"H"
        yield connection


def send_half(url: str, body: bytes, *, chunked: bool = False) -> bytes:
    """The same by a client that ends only its sending; returns the answer."""
    with half_sent(url, body, chunked=chunked) as connection:
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(1 << 16), b""))


def _half(url: str, body: bytes, *, chunked: bool) -> bytes:
    parts = urlsplit(url)
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {PROMISED}"
    head = f"PUT {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n{size}\r\n\r\n".encode()
    return head + (f"{len(body):x}\r\n".encode() + body + b"\r\n100\r\nhalf" if chunked else body)
