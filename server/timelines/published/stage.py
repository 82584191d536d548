"""The stage of a screen for its phones: made from the version that its player follows, and from the player's status."""

from __future__ import annotations

from datetime import datetime, timedelta

from pydantic import ValidationError
from sqlmodel import Session

from media.store import MediaStore
from media.timeline import Timeline
from media.wire.phone import Stage
from media.wire.timeline import Override
from server.db import to_ms
from server.screens.models import Player, Screen
from server.screens.players import player_on
from server.timelines.published.read import timeline_of

# A reported override counts while the player was heard of within this time.
OVERRIDE_TRUSTED_FOR = timedelta(minutes=5)


def stage_of(db: Session, store: MediaStore, screen: Screen, *, now: datetime) -> Stage:
    """Made from the version that the player last reported, so that phones agree with a screen that is behind."""
    player = player_on(db, screen.id)
    timeline = _followed(db, store, screen, player)
    stage = timeline.stage(to_ms(now), override=override_of(player, now=now))
    return stage.model_copy(update={"games_at_box": timeline.manifest.settings.box_referees})


def box_referees(db: Session, store: MediaStore, screen: Screen) -> bool:
    """Whether the screen's box is the referee of its games, by the version that the box follows."""
    return _followed(db, store, screen, player_on(db, screen.id)).manifest.settings.box_referees


def _followed(db: Session, store: MediaStore, screen: Screen, player: Player | None) -> Timeline:
    return timeline_of(db, store, screen.id, player.held_version if player else None)


def override_of(player: Player | None, *, now: datetime) -> Override | None:
    """The item shown instead of the plan, by the player's last status; None if it follows the plan or is offline."""
    if player is None or player.seen_at is None or now - player.seen_at > OVERRIDE_TRUSTED_FOR:
        return None
    reported = (player.status or {}).get("override")
    try:
        return Override.model_validate(reported) if reported else None
    except ValidationError:
        return None
