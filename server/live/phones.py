"""Phones on the socket: they say which screen they look at, ask the time, and receive hints."""

from __future__ import annotations

from typing import Any

from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import join_room, leave_room, rooms
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from media.lru_cache import LruCache
from media.wire.games import SeatInput
from media.wire.phone import PhoneHello, ShownOffers
from server.context import reading
from server.db import utc_now
from server.errors import LiftcastError
from server.games.referees import Referees
from server.live.namespace import ClientNamespace
from server.live.rooms import OFFERS, offer_room, screen_room
from server.screens.models import Screen

SCREENS_MOST = 8192  # whose ids are remembered


class PhoneSockets(ClientNamespace):
    """Public: a phone needs no identity to look at a stage."""

    def __init__(self, namespace: str, referees: Referees) -> None:
        super().__init__(namespace)
        self._referees = referees
        self._screen_ids: LruCache[str] = LruCache(SCREENS_MOST)

    def on_connect(self, auth: Any = None) -> None:
        try:
            hello = PhoneHello.model_validate(auth)
        except ValidationError as error:
            raise Refused("say which screen: auth {screen: code}") from error
        if hello.screen:
            self._join_screen(hello.screen)
        show_offers(hello)

    def on_offers(self, message: Any) -> bool:
        """The page shows other offers than before; False if the message does not say which."""
        try:
            show_offers(ShownOffers.model_validate(message))
        except ValidationError:
            return False
        return True

    def on_game(self, message: Any) -> bool:
        """An input of a phone that plays; False if its ticket is not for a game of now."""
        try:
            return self._referees.take(SeatInput.model_validate(message), now=utc_now())
        except (ValidationError, LiftcastError, SQLAlchemyError):
            return False

    def _join_screen(self, code: str) -> None:
        """A code is never reused, so it is read from the database once: after a cut all phones return together."""
        screen_id = self._screen_ids.get(code, lambda: read_screen_id(code))
        if screen_id is None:
            raise Refused("there is no screen with this code")
        join_room(screen_room(screen_id))


def show_offers(shown: ShownOffers) -> None:
    """Join the rooms of these offers, and leave those of all others."""
    joined = {room for room in rooms() if room.startswith(OFFERS)}
    required = {offer_room(offer_id) for offer_id in shown.offers}
    for room in joined - required:
        leave_room(room)
    for room in required - joined:
        join_room(room)


def read_screen_id(code: str) -> str | None:
    with reading(brief=True) as db:
        return db.exec(select(Screen.id).where(Screen.code == code)).first()
