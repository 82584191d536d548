"""The stage of a screen for its phones: from the version that its player holds, with what the player told of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlmodel import Session

from media.store import MediaStore
from media.wire.phone import Stage
from media.wire.timeline import Override
from server.db import to_ms
from server.screens.models import Player, Screen
from server.screens.players import player_on
from server.timelines.read import timeline_of

# An override is believed while the player that told it is heard of.
TOLD_LATELY = timedelta(minutes=5)


def stage_of(db: Session, store: MediaStore, screen: Screen, *, now: datetime) -> Stage:
    """From the version that the player last said it holds, so that phones agree with a screen that is behind."""
    player = player_on(db, screen.id)
    timeline = timeline_of(db, store, screen.id, player.held_version if player else None)
    return timeline.stage(to_ms(now), override=override_of(player, now=now))


def override_of(player: Player | None, *, now: datetime) -> Override | None:
    """What the player shows instead of the plan, as it last told."""
    if player is None or player.seen_at is None or now - player.seen_at > TOLD_LATELY:
        return None
    told = (player.status or {}).get("override")
    try:
        return Override.model_validate(told) if told else None
    except ValidationError:
        return None
