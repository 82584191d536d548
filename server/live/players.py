"""Players on the socket: known by their token, they send status and receive hints and commands."""

from __future__ import annotations

import logging
from typing import Any

from flask import request
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, join_room
from pydantic import ValidationError

from media.wire import Status
from server.db import utc_now
from server.errors import LiftcastError
from server.live.clock import answer_clock
from server.live.rooms import player_room
from server.screens.models import Player
from server.screens.players import player_of_token, record_status
from server.web.context import reading, transaction

logger = logging.getLogger(__name__)


class PlayerSockets(Namespace):  # type: ignore[misc]  # Flask-SocketIO has no types
    """`ids` maps this process's sockets to player ids, so that a revoked one can be put out."""

    def __init__(self, namespace: str) -> None:
        super().__init__(namespace)
        self.ids: dict[str, str] = {}

    def on_connect(self, auth: Any = None) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        try:
            with reading() as db:
                player = player_of_token(db, str(token or ""))
        except LiftcastError as error:
            raise Refused(error.message) from error
        self.ids[_socket()] = player.id
        join_room(player_room(player.id))
        logger.info("player connected player=%s screen=%s", player.id, player.screen_id)

    def on_disconnect(self, reason: str = "") -> None:
        player_id = self.ids.pop(_socket(), None)
        logger.info("player disconnected player=%s reason=%s", player_id, reason)

    def on_status(self, message: Any) -> dict[str, Any]:
        try:
            status = Status.model_validate(message)
        except ValidationError as error:
            return {"ok": False, "why": str(error.errors()[0]["msg"])}
        try:
            with transaction() as db:
                player = db.get_one(Player, self.ids[_socket()])
                record_status(db, player, status, now=utc_now())
        except LiftcastError as error:
            return {"ok": False, "why": error.message}
        return {"ok": True}

    def on_clock(self, message: Any) -> dict[str, Any] | None:
        try:
            return answer_clock(message)
        except ValidationError:
            return None


def _socket() -> str:
    return str(request.sid)  # type: ignore[attr-defined]
