"""The web process as it runs: Flask and Socket.IO on gevent's hub, the outbox reader, systemd's watchdog."""

from __future__ import annotations

import logging
import signal
import sys
from collections.abc import Callable
from functools import partial

import gevent

from media.environ import BadSetting
from media.sockets.gate import watch_gate
from media.sockets.http_server import CONNECTIONS_EACH, BoundedServer
from server.accounts.last_seen import keep_last_seen
from server.app import create_app
from server.errors import LiftcastError
from server.live.games import GameSender
from server.live.push import Pusher
from server.live.sockets import make_sockets
from server.live.stalls import StallWatch
from server.runtime.collector import freeze_loaded_objects
from server.runtime.logs import install_logs
from server.runtime.loops import run_forever
from server.runtime.malloc import return_freed_memory
from server.runtime.processes import require_free_ports
from server.runtime.watchdog import ping_watchdog
from server.settings import Settings, read_settings
from server.upkeep.data_folder import close_data_folder, make_files_private
from server.upkeep.migrate import prepare_database

logger = logging.getLogger(__name__)


def main() -> None:
    return_freed_memory()
    make_files_private()
    try:
        settings = read_settings()
    except BadSetting as error:
        sys.exit(str(error))
    install_logs(settings.log_level)
    close_data_folder(settings)
    try:
        require_free_ports((settings.host, settings.port))
        prepare_database(settings)
    except LiftcastError as error:
        sys.exit(f"{error.message} {error.remedy}")
    serve(settings)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; open requests get a few seconds to end."""
    app = create_app(settings, in_hub=True)
    services = app.extensions["liftcast"]
    sockets = make_sockets(app, services.redis)
    pusher = Pusher(services.engine, sockets)
    each = None if settings.proxies else CONNECTIONS_EACH
    server = BoundedServer((settings.host, settings.port), app, connections_each=each, log=None)
    freeze_loaded_objects()
    server.start()
    for number in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(number, server.stop, 3)
    pusher.start()
    start_loop("watchdog", ping_watchdog)
    start_loop("stalls", StallWatch(gevent.get_hub()).run)
    start_loop("games", GameSender(services.engine, sockets, services.referees).run)
    start_loop("gate", partial(watch_gate, sockets.gate))
    start_loop("last seen", partial(keep_last_seen, services.last_seen, services.engine))
    if services.redis is not None:
        start_loop("redis", services.redis.watch)
    print(f"listening on http://{settings.host}:{server.server_port}", flush=True)  # noqa: T201  who started it waits for this line
    server.serve_forever()
    pusher.stop()
    logger.info("web process stopped")


def start_loop(name: str, loop: Callable[[Callable[[float], object]], object]) -> None:
    """`loop` is given the function to sleep with."""
    gevent.spawn(run_forever, name, partial(loop, gevent.sleep), gevent.sleep)
