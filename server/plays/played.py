"""What was played of each campaign so far: what its flight's goal is paced by."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select

from server.db import to_ms
from server.planner.days import date_at
from server.plays.models import DeliveredDay
from server.screens.models import Screen, Venue


def plays_so_far(db: Session, *, now: datetime) -> dict[str, int]:
    """Counted plays of each campaign on days that are over, by the clock of each screen's venue."""
    sums: dict[str, int] = {}
    for zone in db.exec(select(Venue.zone).distinct()).all():
        today = date_at(zone, to_ms(now))
        played = (
            select(DeliveredDay.campaign_id, func.sum(DeliveredDay.plays))
            .join(Screen, col(Screen.id) == col(DeliveredDay.screen_id))
            .join(Venue, col(Venue.id) == col(Screen.venue_id))
            .where(col(Venue.zone) == zone, col(DeliveredDay.on) < today, col(DeliveredDay.campaign_id) != "")
            .group_by(col(DeliveredDay.campaign_id))
        )
        for campaign_id, plays in db.exec(played):
            sums[campaign_id] = sums.get(campaign_id, 0) + int(plays)
    return sums
