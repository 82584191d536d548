"""Long-polling sockets whose message is cut off: a 400 and one line in the log, and nothing of the message is read."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import IO, Any

logger = logging.getLogger(__name__)

WsgiApp = Callable[..., Iterable[bytes]]


class PollingBodies:
    """WSGI middleware around Socket.IO's, which would log a traceback and answer 200."""

    def __init__(self, app: WsgiApp) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith("/socket.io/") or environ["REQUEST_METHOD"] != "POST":
            return self.app(environ, start_response)
        body = environ["wsgi.input"] = PollingBody(environ["wsgi.input"])

        def answer(status: str, *more: Any) -> Any:
            return start_response("400 BAD REQUEST" if body.cut_off else status, *more)

        return self.app(environ, answer)


class PollingBody:
    """A message as Engine.IO reads it: empty if it is cut off."""

    def __init__(self, body: IO[bytes]) -> None:
        self.body = body
        self.cut_off = False

    def read(self, size: int) -> bytes:
        try:
            return self.body.read(size)
        except OSError:
            logger.warning("request body cut off method=POST endpoint=socket.io")
            self.cut_off = True
            return b""
