"""Move a box to another screen without typing a code: it keeps its token and reads the new screen from its manifest."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from media.wire.timeline import VersionHint
from server.accounts.audit import record
from server.db import Topic, get_or_raise, post
from server.screens.models import Player
from server.screens.players import AlreadyRevoked, NoPlayer
from server.screens.replan import queue_plans
from server.screens.service import begin_service
from server.screens.venues import lock_screen


def move_player(db: Session, player_id: str, screen_id: str, *, by: str | None, now: datetime) -> Player:
    """The player that was on that screen has none afterwards; the moved one receives a hint to fetch its manifest
    anew."""
    screen = lock_screen(db, screen_id)
    player = get_or_raise(db, Player, player_id, NoPlayer)
    if player.revoked_at is not None:
        raise AlreadyRevoked
    begin_service(db, player, screen, now=now)
    record(db, by, "player moved", player.id, {"screen": screen.id}, now=now)
    queue_plans(db, [screen.venue_id], now=now)
    post(db, Topic.TIMELINE, screen.id, VersionHint(version=0).model_dump(), now=now)
    return player
