"""The page's process: the loop that opens the set-up WiFi while it is needed, and serves the page on it."""

from __future__ import annotations

import logging
import sys
import time
from pathlib import Path

import gevent
from flask import Flask
from pydantic import ValidationError

from media.environ import BadSetting
from media.sockets.http_server import BoundedServer
from player.line_socket import NoAnswer, request_line
from player.settings import Settings, log_to_stderr, read_settings
from player.setup.checks import Reached, read_checks
from player.setup.connections import SETUP_ADDRESS
from player.setup.loop import SetupLoop
from player.setup.messages import (
    SETUP_ANSWER,
    Failed,
    SetupAnswer,
    SetupRequest,
    Trouble,
)
from player.setup.need import SetupNeed
from player.setup.network import read_network
from player.setup.page import SetupState, create_setup_page
from player.setup.server_reach import reach, server_of
from player.setup.unit import SERVER_FILE
from player.setup.unit_process import ANSWER_S, SOCKET

logger = logging.getLogger(__name__)

LOOK_S = 5.0
LAST_PAGE_S = 3.0  # the answer to the tap reaches the phone before its WiFi goes
CONNECTIONS_EACH = 20
PORT = 80
TIMELINE = "timeline"  # the player has one only once it is enrolled


class Server:
    """The page's web server, on the address that the box has on its set-up WiFi."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._server: BoundedServer | None = None

    def start(self) -> None:
        """Raises OSError while the WiFi does not have its address yet."""
        if self._server is None:
            address = (SETUP_ADDRESS, PORT)
            server = BoundedServer(address, self._app, connections_each=CONNECTIONS_EACH, client_of=str, log=None)
            server.start()
            self._server = server

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(1)
            self._server = None


def make_loop(settings: Settings) -> SetupLoop:
    reached: list[Reached | None] = [None]

    def has_server() -> bool:
        reached[0] = reach(server_of(settings.setup_dir / SERVER_FILE, settings.server_url))
        return reached[0] is not None

    def send(request: SetupRequest) -> SetupAnswer:
        return send_to_unit(settings.setup_dir / SOCKET, request)

    def is_open() -> bool:
        network = read_network(settings.setup_dir)
        return network is not None and network.is_open

    need = SetupNeed(
        is_enrolled=lambda: (settings.player_dir / TIMELINE).exists(), has_server=has_server, monotonic=time.monotonic
    )
    state = SetupState(
        send=send, checks=lambda: read_checks(Path("/"), settings.player_dir, reached[0]),
        start=lambda apply: gevent.spawn_later(LAST_PAGE_S, apply), on_applied=need.begin_again,
    )  # fmt: skip
    return SetupLoop(need, state, send, is_open, Server(create_setup_page(state)))


def send_to_unit(path: Path, request: SetupRequest) -> SetupAnswer:
    try:
        return SETUP_ANSWER.validate_json(request_line(path, request.model_dump_json().encode(), wait_s=ANSWER_S))
    except (NoAnswer, ValidationError) as error:
        logger.warning("set-up unit does not answer why=%s", type(error).__name__)
        return Failed(trouble=Trouble.FAILED)


def main() -> None:
    """The page's process, until it is stopped."""
    try:
        settings = read_settings()
    except BadSetting as error:
        sys.exit(str(error))
    log_to_stderr(settings)
    loop = make_loop(settings)
    while True:
        try:
            loop.look()
        except OSError as error:
            logger.warning("set-up page not served why=%s", error)
        gevent.sleep(LOOK_S)
