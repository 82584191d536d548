"""When a venue cannot be planned: it says why, and is tried again in some minutes, so that nothing waits for ever."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, update

from server.db import enqueue
from server.errors import LiftcastError
from server.screens.models import Venue

AGAIN_S = 300
REASON_CHARS = 300


def venue_unplanned(db: Session, venue_id: str, error: LiftcastError, now: datetime) -> None:
    """Its screens go on with the plan that they have."""
    why = {"plan_trouble": error.message[:REASON_CHARS], "plan_remedy": error.remedy[:REASON_CHARS]}
    in_use = (col(Venue.id) == venue_id, col(Venue.retired_at).is_(None))
    if db.exec(update(Venue).where(*in_use).values(plan_failed_at=now, **why)).rowcount == 1:
        enqueue(db, "plan", venue_id, now=now, delay_s=AGAIN_S)


def venue_planned(db: Session, venue_id: str) -> None:
    """A plan came about: what went wrong before is over."""
    told = (col(Venue.id) == venue_id, col(Venue.plan_failed_at).is_not(None))
    db.exec(update(Venue).where(*told).values(plan_failed_at=None, plan_trouble="", plan_remedy=""))
