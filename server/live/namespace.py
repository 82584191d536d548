"""The common base of the namespaces of boxes and phones."""

from __future__ import annotations

from typing import Any

from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from media.clock import answer_ping
from server.db import utc_ms
from server.errors import LiftcastError

UNKNOWN = {"ok": False, "why": "there is no such event, or it has one message only"}
# Events whose handlers use no request: phones send them many times a second, and Flask would take longer to make a
# request of each than it takes to answer it.
WITHOUT_REQUEST = frozenset(("clock", "game"))


class ClientNamespace(Namespace):  # type: ignore[misc]  # Flask-SocketIO has no types
    """Runs the handler of an event that has one and exactly one message; refuses what no handler can answer."""

    def trigger_event(self, event: str, *args: Any) -> Any:
        if event == "connect":
            return self._connect(*args)
        is_message = event != "disconnect"
        if is_message and (len(args) != 2 or not hasattr(self, f"on_{event}")):
            return UNKNOWN
        if event in WITHOUT_REQUEST:
            return getattr(self, f"on_{event}")(args[1])
        return super().trigger_event(event, *args)

    def on_clock(self, message: Any) -> dict[str, Any] | None:
        try:
            return answer_ping(message, utc_ms).model_dump()
        except ValidationError:
            return None

    def _connect(self, *args: Any) -> Any:
        """Python-socketio never forgets a socket whose handler failed in another way than by refusing it."""
        try:
            return super().trigger_event("connect", *args)
        except LiftcastError as error:
            raise Refused(error.message) from error
        except SQLAlchemyError as error:
            raise Refused("The server is busy. Try again in a minute.") from error
