"""The Socket.IO server: namespaces `/player` and `/phone`, shared by all web processes through Redis."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask
from flask_socketio import SocketIO

from media import strict_json
from media.sockets.direct_sends import DirectSends
from media.sockets.gate import SocketGate
from media.sockets.packets import ClientPacket
from media.sockets.polling import SocketRequests
from media.sockets.websocket import MESSAGE_MOST
from server.context import Services
from server.http.proxies import trust_proxies
from server.live.phones import PhoneSockets
from server.live.players import PlayerSockets
from server.live.queue import RedisQueue
from server.redis_link import RedisLink

NAMESPACES = ("/player", "/phone")


@dataclass(frozen=True)
class Sockets:
    """The server's sockets, and the gate in front of them."""

    io: SocketIO
    gate: SocketGate


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
        max_http_buffer_size=MESSAGE_MOST,
        namespaces=list(NAMESPACES),
        serializer=ClientPacket,
        json=strict_json,
    )
    services: Services = app.extensions["liftcast"]
    if services.settings.direct_sends:
        DirectSends(io.server)
    gate = SocketGate(io.server, namespaces=NAMESPACES, most_each=services.settings.sockets_each)
    app.wsgi_app = SocketRequests(app.wsgi_app, gate)  # type: ignore[method-assign]
    trust_proxies(app, services.settings)  # once more: Socket.IO's requests never reach what was wrapped before
    io.on_namespace(PlayerSockets("/player"))
    io.on_namespace(PhoneSockets("/phone", services.referees))
    return Sockets(io, gate)
