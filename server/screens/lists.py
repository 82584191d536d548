"""Screens as lists show them: each with its venue, its player and its health."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, cast
from sqlmodel import Session, col, func, select

from server.screens.health import Health, health_of
from server.screens.models import Player, Screen, Venue


@dataclass(frozen=True)
class ListedScreen:
    screen: Screen
    venue: Venue
    player: Player | None
    health: Health


def listed_screens(db: Session, *, now: datetime) -> list[ListedScreen]:
    """Every screen in use, by venue and name."""
    in_use = (
        select(Screen, Venue, Player)
        .join(Venue, col(Venue.id) == col(Screen.venue_id))
        .join(Player, col(Player.screen_id) == col(Screen.id), isouter=True)
        .where(col(Screen.retired_at).is_(None))
        .order_by(Venue.name, Screen.name, Screen.id)
    )
    return [ListedScreen(screen, venue, player, health_of(player, now)) for screen, venue, player in db.exec(in_use)]


def screens_count(db: Session) -> int:
    return db.exec(select(func.count()).select_from(Screen).where(col(Screen.retired_at).is_(None))).one()


def screen_tags(db: Session) -> list[str]:
    """Every tag that some screen in use bears. Many screens bear the same tags, so the database tells each set once."""
    sets = db.exec(select(cast(Screen.tags, Text)).where(col(Screen.retired_at).is_(None)).distinct())
    return sorted({tag for tags in sets for tag in json.loads(tags)})
