"""The portal's process: Flask and Socket.IO on gevent's hub, on every address of the box."""

from __future__ import annotations

import logging
import signal
import sys
import time
from pathlib import Path

import gevent
from flask import Flask

from media.environ import BadSetting
from media.sockets.gate import watch_gate
from media.sockets.http_server import BoundedServer
from player.hotspot.client import HotspotClient
from player.hotspot.plan import CERTIFICATE, KEY, read_plan
from player.hotspot.plan_store import PlanStore
from player.hotspot.unit import REQUEST_SOCKET
from player.portal.app import Portal, create_portal, intercept
from player.portal.clients import PHONES_SOCKET, PlayerClient, Visits
from player.portal.consents import ConsentLog
from player.portal.interception import phone_address
from player.portal.server_requests import ServerRequests
from player.portal.sockets import make_sockets, watch_screen
from player.settings import Settings, log_to_stderr, read_settings

logger = logging.getLogger(__name__)

CONNECTIONS_EACH = 40  # as the firewall allows one phone
ALL_ADDRESSES = "::"  # and, on Linux, all of IPv4
TLS_PORT = 443


def main() -> None:
    try:
        settings = read_settings()
        log_to_stderr(settings)
        serve(settings)
    except BadSetting as error:
        sys.exit(str(error))


def make_portal(settings: Settings) -> Portal:
    settings.portal_dir.mkdir(parents=True, exist_ok=True)
    own = read_plan(settings.hotspot_plan, tls=settings.portal_tls)
    return Portal(
        plan=own,
        current_plan=PlanStore(own, settings.hotspot_dir).current,
        visits=Visits(HotspotClient(settings.hotspot_dir / REQUEST_SOCKET).send),
        player=PlayerClient(settings.player_dir / PHONES_SOCKET, settings.server_url),
        server=ServerRequests(settings.server_url),
        consents=ConsentLog(settings.portal_dir / "consents.sqlite3"),
        monotonic=time.monotonic,
    )


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; open requests get a moment to end."""
    portal = make_portal(settings)
    app = create_portal(portal)
    io, gate = make_sockets(app, portal)
    intercept(app, portal)
    servers = [_server(app, portal.plan.portal_port)]
    if settings.portal_tls is not None and portal.plan.portal_name is not None:
        files = {"certfile": settings.portal_tls / CERTIFICATE, "keyfile": settings.portal_tls / KEY}
        servers.append(_server(app, TLS_PORT, **files))
    for server in servers:
        server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, lambda: [server.stop(1) for server in servers])
    loops = [
        gevent.spawn(watch_gate, gate, gevent.sleep),
        gevent.spawn(watch_screen, io, portal, gevent.sleep),
    ]
    logger.info("portal started port=%d tls=%s", portal.plan.portal_port, len(servers) > 1)
    servers[0].serve_forever()
    gevent.killall(loops)
    logger.info("portal stopped")


def _server(app: Flask, port: int, **tls: Path) -> BoundedServer:
    return BoundedServer(
        (ALL_ADDRESSES, port), app, connections_each=CONNECTIONS_EACH, client_of=phone_address, log=None, **tls
    )
