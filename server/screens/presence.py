"""Presence of a phone at a screen, with the screen's own key."""

from __future__ import annotations

from datetime import datetime

from media import presence
from server.db import to_ms
from server.screens.models import Screen


def presence_token(screen: Screen, now: datetime) -> str:
    return presence.token_at(screen.presence_key, to_ms(now))


def presence_holds(screen: Screen, token: str, now: datetime) -> bool:
    return presence.holds(screen.presence_key, token, to_ms(now))
