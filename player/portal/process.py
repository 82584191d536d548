"""The portal's process: Flask and Socket.IO on gevent's hub, on every address of the box."""

from __future__ import annotations

import logging
import signal
import ssl
import sys
import time

import gevent
from flask import Flask

from media.environ import BadSetting
from media.sockets.gate import watch_gate
from media.sockets.http_server import BoundedServer
from player.hotspot.client import HotspotClient
from player.hotspot.plan import read_plan
from player.hotspot.plan_store import PlanStore
from player.hotspot.unit import REQUEST_SOCKET
from player.portal.app import Portal, create_portal, intercept
from player.portal.arrival.interception import phone_address
from player.portal.certificates.judge import Pair
from player.portal.certificates.keeper import CertificateKeeper, Source, keep_certificate
from player.portal.certificates.own_certificate import CERTIFICATE, KEY, GivenCertificate, OwnCertificate
from player.portal.certificates.tls_server import TlsServer
from player.portal.consent.consents import ConsentLog
from player.portal.consent.remembered_phones import RememberedPhones
from player.portal.games.box_games import BoxGames, run_board, run_games
from player.portal.games.saved_games import SavedGames
from player.portal.screen.stored_faults import StoredFaults, deliver_faults
from player.portal.sockets import make_sockets, watch_screen
from player.portal.upstream.clients import PHONES_SOCKET, PlayerClient, Visits
from player.portal.upstream.server_requests import ServerRequests
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
    own = read_plan(settings.hotspot_plan)
    player = PlayerClient(settings.player_dir / PHONES_SOCKET, settings.server_url)
    return Portal(
        plan=own,
        current_plan=PlanStore(own, settings.hotspot_dir).current,
        visits=Visits(HotspotClient(settings.hotspot_dir / REQUEST_SOCKET).send),
        player=player,
        server=ServerRequests(settings.server_url),
        consents=ConsentLog(settings.portal_dir / "consents.sqlite3"),
        remembered=RememberedPhones(settings.portal_dir / "remembered.sqlite3"),
        faults=StoredFaults(settings.portal_dir / "faults.sqlite3"),
        games=BoxGames(player, SavedGames(settings.portal_dir / "games.sqlite3")),
        monotonic=time.monotonic,
        api_name=lambda: None,
    )


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; open requests get a moment to end."""
    portal = make_portal(settings)
    app = create_portal(portal)
    tls = TlsServer(lambda context: _server(app, TLS_PORT, ssl_context=context))
    keeper = CertificateKeeper(_certificate_source(settings, portal), portal.player, tls, settings.server_url)
    portal.api_name = lambda: keeper.name
    io, gate = make_sockets(app, portal)
    intercept(app, portal)
    server = _server(app, portal.plan.portal_port)
    server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, server.stop, 1)
    loops = [
        gevent.spawn(watch_gate, gate, gevent.sleep),
        gevent.spawn(watch_screen, io, portal, gevent.sleep),
        gevent.spawn(keep_certificate, keeper, gevent.sleep),
        gevent.spawn(run_games, portal.games, gevent.sleep),
        gevent.spawn(run_board, portal.games, gevent.sleep),
        gevent.spawn(deliver_faults, portal.faults, portal.server, gevent.sleep),
    ]
    logger.info("portal started port=%d", portal.plan.portal_port)
    server.serve_forever()
    gevent.killall(loops)
    tls.stop()
    logger.info("portal stopped")


def _certificate_source(settings: Settings, portal: Portal) -> Source:
    folder = settings.portal_tls
    if folder is None:
        return OwnCertificate(settings.portal_dir)
    return GivenCertificate(Pair(folder / CERTIFICATE, folder / KEY), portal.plan.portal_name)


def _server(app: Flask, port: int, **tls: ssl.SSLContext) -> BoundedServer:
    return BoundedServer(
        (ALL_ADDRESSES, port), app, connections_each=CONNECTIONS_EACH, client_of=phone_address, log=None, **tls
    )
