"""Venues that must be planned although nothing changed: their planned days run out, or they have none."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from server.screens.models import Screen, Venue
from server.timelines.models import PublishedTimeline

CLOCK_CHANGE = timedelta(hours=1)


def venues_expiring(db: Session, *, now: datetime, days_ahead: int) -> list[str]:
    """Venues with a screen whose newest version does not reach this number of days ahead, but for a clock change."""
    ends = (
        select(col(PublishedTimeline.screen_id).label("screen"), func.max(PublishedTimeline.ends_at).label("ends_at"))
        .group_by(col(PublishedTimeline.screen_id))
        .subquery()
    )
    in_use = (col(Screen.retired_at).is_(None), col(Venue.retired_at).is_(None))
    enough = ends.c.ends_at >= now + timedelta(days=days_ahead) - CLOCK_CHANGE
    rows = (
        select(Screen.venue_id)
        .join(Venue, col(Venue.id) == col(Screen.venue_id))
        .join(ends, ends.c.screen == col(Screen.id), isouter=True)
        .where(*in_use, ends.c.screen.is_(None) | ~enough)
        .distinct()
        .order_by(col(Screen.venue_id))
    )
    return list(db.exec(rows))
