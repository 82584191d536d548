"""Screens as lists show them: each with its venue, its player and its health."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

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


def screen_tags(db: Session) -> list[str]:
    """Every tag that some screen in use bears."""
    tags = db.exec(select(Screen.tags).where(col(Screen.retired_at).is_(None)))
    return sorted({tag for some in tags for tag in some})
