"""Clients of the web process that stop in the middle of a request are closed, so that they gather in no number."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import gevent

IDLE_S = 60  # between two requests of a connection
HEAD_S = 10
BODY_S = 60  # of at most 4 MB


class TimedRequests:
    """For a handler of gevent's WSGI server: a time limit for the head of a request and one for its body."""

    def read_requestline(self) -> str:
        with gevent.Timeout(IDLE_S, False):
            return str(super().read_requestline())  # type: ignore[misc]
        return ""  # the connection is closed

    def read_request(self, line: str) -> Any:
        with gevent.Timeout(HEAD_S, False):
            return super().read_request(line)  # type: ignore[misc]
        raise ValueError("the head of the request did not arrive in time")  # answered with 400

    def get_environ(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environ()  # type: ignore[misc]
        if environ["wsgi.input_terminated"]:  # not so when the connection becomes a WebSocket
            self.wsgi_input = environ["wsgi.input"] = TimedBody(environ["wsgi.input"], when_late=self._close_after_this)
        return environ

    def _close_after_this(self) -> None:
        self.close_connection = True


class TimedBody:
    """A request's body; reading raises OSError when it takes too long in all."""

    def __init__(self, body: Any, *, when_late: Callable[[], None]) -> None:
        self._body, self._left_s, self._when_late = body, float(BODY_S), when_late

    def read(self, *size: int) -> bytes:
        return bytes(self._in_time(lambda: self._body.read(*size)))

    def readline(self, *size: int) -> bytes:
        return bytes(self._in_time(lambda: self._body.readline(*size)))

    def _discard(self) -> None:
        """The server reads what the application did not: no longer than it would have waited for the rest."""
        with suppress(OSError):
            self._in_time(self._body._discard)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._body, name)

    def _in_time(self, read: Callable[[], Any]) -> Any:
        began_s = time.monotonic()
        with gevent.Timeout(max(self._left_s, 0.001), False):
            part = read()
            self._left_s -= time.monotonic() - began_s
            return part
        self._left_s = 0
        self._when_late()
        raise OSError(errno.ETIMEDOUT, "the body did not arrive in time")
