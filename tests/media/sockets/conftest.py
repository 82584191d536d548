"""Socket.IO on a port of its own, in the test's process: its clients are real connections."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_socketio import SocketIO, join_room
from gevent.event import Event

from media.sockets.direct_sends import DirectSends
from media.sockets.http_server import BoundedServer

ROOM = "lobby"


@dataclass
class Server:
    """Socket.IO on a port of its own, whose clients all join one room. No client gets a WebSocket before `opens`."""

    io: SocketIO
    port: int
    direct: DirectSends | None
    opens: Event

    def emit(self, event: str, message: object) -> None:
        self.io.emit(event, message, namespace="/", to=ROOM)

    @property
    def queued(self) -> int:
        return sum(socket.queue.qsize() for socket in self.io.server.eio.sockets.values())


@contextmanager
def running(*, direct: bool, ping_interval: float = 20, ping_timeout: float = 20) -> Iterator[Server]:
    app = Flask("sockets")
    io = SocketIO(app, async_mode="gevent", ping_interval=ping_interval, ping_timeout=ping_timeout)

    @io.on("connect")
    def join() -> None:
        join_room(ROOM)

    @io.on("echo")
    def echo(message: object) -> object:
        return message

    opens, application = Event(), app.wsgi_app
    opens.set()

    def wait_until_open(environ: dict[str, Any], start_response: Any) -> Any:
        if "HTTP_UPGRADE" in environ:
            opens.wait(20)
        return application(environ, start_response)

    app.wsgi_app = wait_until_open  # type: ignore[method-assign]
    sends = DirectSends(io.server) if direct else None
    server = BoundedServer(("127.0.0.1", 0), app, connections_each=None, log=None, error_log=None)
    server.start()
    try:
        yield Server(io, server.server_port, sends, opens)
    finally:
        server.stop(timeout=0)
