"""The Socket.IO server: namespaces `/player` and `/phone`, shared by all web processes through Redis."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask_socketio import SocketIO

from server.live.phones import PhoneSockets
from server.live.players import PlayerSockets
from server.live.polling import PollingBodies
from server.live.queue import RedisQueue
from server.redis_link import RedisLink


@dataclass(frozen=True)
class Sockets:
    """The server's sockets, and the handler that knows which of them are players."""

    io: SocketIO
    players: PlayerSockets


def make_sockets(app: Flask, link: RedisLink | None) -> Sockets:
    """Any origin may connect: a box's page is another origin, and neither namespace trusts a cookie."""
    io = SocketIO(
        app,
        async_mode="gevent",
        **({"client_manager": RedisQueue(link)} if link else {}),
        cors_allowed_origins="*",
        manage_session=False,
        ping_interval=20,
        ping_timeout=20,
        max_http_buffer_size=100_000,
    )
    app.wsgi_app = PollingBodies(app.wsgi_app)  # type: ignore[method-assign]
    players = PlayerSockets("/player")
    io.on_namespace(players)
    io.on_namespace(PhoneSockets("/phone"))
    return Sockets(io, players)
