"""Phones on the socket: they say which screen they look at, ask the time, and receive hints."""

from __future__ import annotations

from typing import Any

from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, join_room
from pydantic import ValidationError
from sqlmodel import select

from media.wire import PhoneHello
from server.errors import LiftcastError
from server.live.clock import answer_clock
from server.live.rooms import ALL_PHONES, screen_room
from server.screens.models import Screen
from server.web.context import reading


class PhoneSockets(Namespace):  # type: ignore[misc]  # Flask-SocketIO has no types
    """Public: a phone needs no identity to look at a stage."""

    def on_connect(self, auth: Any = None) -> None:
        try:
            hello = PhoneHello.model_validate(auth)
        except ValidationError as error:
            raise Refused("say which screen: auth {screen: code}") from error
        try:
            if hello.screen:
                join_screen(hello.screen)
        except LiftcastError as error:
            raise Refused(error.message) from error
        join_room(ALL_PHONES)

    def on_clock(self, message: Any) -> dict[str, Any] | None:
        try:
            return answer_clock(message)
        except ValidationError:
            return None


def join_screen(code: str) -> None:
    with reading() as db:
        screen_id = db.exec(select(Screen.id).where(Screen.code == code)).first()
    if screen_id is None:
        raise Refused("there is no screen with this code")
    join_room(screen_room(screen_id))
