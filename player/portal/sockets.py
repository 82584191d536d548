"""The sockets of phones at the box: the clock, games, and hints that the screen shows something else than planned."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Flask
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, SocketIO
from pydantic import ValidationError

from media import strict_json
from media.clock import answer_ping
from media.sockets.gate import SocketGate
from media.sockets.packets import ClientPacket
from media.sockets.polling import SocketRequests
from media.sockets.websocket import MESSAGE_MOST
from media.wire.games import SeatInput
from media.wire.phone import PhoneHello
from media.wire.timeline import VersionHint
from player.line_socket import NoAnswer
from player.portal.app import Portal
from player.portal.arrival.interception import phone_address
from player.portal.games.box_games import BoxGames
from player.portal.upstream.player_messages import ScreenAnswer

logger = logging.getLogger(__name__)

SOCKETS_EACH = 8  # of one phone: a page has one, and a page that was closed may hold its own a little longer
LOOK_S = 2.0
UNKNOWN = {"ok": False, "why": "there is no such event, or it has one message only"}


class PhoneSockets(Namespace):  # type: ignore[misc]  # Flask-SocketIO has no types
    """Public, as the page is."""

    def __init__(self, now_ms: Callable[[], float], games: BoxGames) -> None:
        super().__init__("/phone")
        self._now_ms = now_ms
        self._games = games

    def trigger_event(self, event: str, *args: Any) -> Any:
        if event not in ("connect", "disconnect") and (len(args) != 2 or event not in ("clock", "game")):
            return UNKNOWN
        return super().trigger_event(event, *args)

    def on_connect(self, auth: Any = None) -> None:
        try:
            PhoneHello.model_validate(auth)
        except ValidationError as error:
            raise Refused("say which screen: auth {screen: code}") from error

    def on_clock(self, message: Any) -> dict[str, Any] | None:
        try:
            return answer_ping(message, self._now_ms).model_dump()
        except (ValidationError, NoAnswer):
            return None

    def on_game(self, message: Any) -> bool:
        """An input of a phone that plays; False if its ticket is of no game here."""
        try:
            return self._games.take(SeatInput.model_validate(message))
        except (ValidationError, NoAnswer):
            return False


def make_sockets(app: Flask, portal: Portal) -> tuple[SocketIO, SocketGate]:
    """Same origin only: the page of a box and its sockets have one address."""
    io = SocketIO(
        app,
        async_mode="gevent",
        manage_session=False,
        ping_interval=20,
        ping_timeout=20,
        max_http_buffer_size=MESSAGE_MOST,
        namespaces=["/phone"],
        serializer=ClientPacket,
        json=strict_json,
    )
    gate = SocketGate(io.server, namespaces=["/phone"], most_each=SOCKETS_EACH, client_of=phone_address)
    app.wsgi_app = SocketRequests(app.wsgi_app, gate)  # type: ignore[method-assign]
    io.on_namespace(PhoneSockets(portal.player.now_ms, portal.games))
    portal.games.send = lambda state: io.emit("game", state.model_dump(mode="json"), namespace="/phone")
    return io, gate


def watch_screen(io: SocketIO, portal: Portal, sleep: Callable[[float], object]) -> NoReturn:
    """Tells phones to load the stage when the screen has another version, or shows something instead of its plan."""
    before = None
    while True:
        screen = portal.screen()
        if isinstance(screen, ScreenAnswer):
            shown = (screen.stage.screen, screen.stage.version, screen.stage.override)
            if before not in (None, shown):
                io.emit("stage", VersionHint(version=screen.stage.version).model_dump(), namespace="/phone")
            before = shown
        sleep(LOOK_S)
