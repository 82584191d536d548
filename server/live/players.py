"""Players on the socket: known by their token, they send status and receive hints and commands."""

from __future__ import annotations

import logging
from typing import Any

from flask import request
from flask_socketio import join_room
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from media.wire.status import Status
from server.context import reading, transaction
from server.db import utc_now
from server.errors import LiftcastError
from server.http.limits import counting_tries, sending
from server.live.namespace import ClientNamespace
from server.live.rooms import player_room
from server.screens.players import player_of_id, player_of_token, record_status

logger = logging.getLogger(__name__)

# The key of the player's id in its socket's request; it is gone once the socket is closed, also for later messages.
PLAYER_ID = "liftcast.player_id"


class PlayerSockets(ClientNamespace):
    """A revoked player is refused at once, and its socket closed by `live/push.py`."""

    def on_connect(self, auth: Any = None) -> None:
        token = auth.get("token") if isinstance(auth, dict) else None
        with reading(brief=True) as db:
            player = player_of_token(db, str(token or ""))
        request.environ[PLAYER_ID] = player.id
        join_room(player_room(player.id))
        logger.info("player connected player=%s screen=%s", player.id, player.screen_id)

    def on_disconnect(self, reason: str = "") -> None:
        logger.info("player disconnected player=%s reason=%s", request.environ.get(PLAYER_ID), reason)

    def on_status(self, message: Any) -> dict[str, Any]:
        try:
            status = Status.model_validate(message)
            player_id = request.environ[PLAYER_ID]
            with counting_tries(sending("statuses", player_id)), transaction() as db:
                record_status(db, player_of_id(db, player_id), status, now=utc_now())
        except ValidationError as error:
            return {"ok": False, "why": str(error.errors()[0]["msg"])}
        except LiftcastError as error:
            return {"ok": False, "why": error.message}
        except SQLAlchemyError as error:
            logger.warning("status not stored why=%s", type(error).__name__)
            return {"ok": False, "why": "The server is busy."}
        return {"ok": True}
