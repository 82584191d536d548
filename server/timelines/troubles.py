"""Record why a venue or the network cannot be planned, and queue another attempt, so that nothing waits for ever."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, delete, update

from server.db import JobKind, enqueue
from server.errors import LiftcastError
from server.screens.models import Venue
from server.timelines.models import NetworkTrouble

RETRY_S = 300
REASON_CHARS = 300
NETWORK = "network"


def venue_unplanned(db: Session, venue_id: str, error: LiftcastError, now: datetime) -> None:
    """Record the error, and queue the venue's plan again. Its screens go on with the plan that they have."""
    why = {"plan_trouble": error.message[:REASON_CHARS], "plan_remedy": error.remedy[:REASON_CHARS]}
    in_use = (col(Venue.id) == venue_id, col(Venue.retired_at).is_(None))
    if db.exec(update(Venue).where(*in_use).values(plan_failed_at=now, **why)).rowcount == 1:
        enqueue(db, JobKind.PLAN, venue_id, now=now, delay_s=RETRY_S)


def venue_planned(db: Session, venue_id: str) -> None:
    """Clear the error of an earlier attempt."""
    failed = (col(Venue.id) == venue_id, col(Venue.plan_failed_at).is_not(None))
    db.exec(update(Venue).where(*failed).values(plan_failed_at=None, plan_trouble="", plan_remedy=""))


def network_unplanned(db: Session, _subject: str, error: LiftcastError, now: datetime) -> None:
    """Record the error. Screens go on with their last allotment; the next periodic job, or a change, tries again."""
    why = {"trouble": error.message[:REASON_CHARS], "remedy": error.remedy[:REASON_CHARS]}
    network_planned(db)
    db.add(NetworkTrouble(id=NETWORK, failed_at=now, **why))


def network_planned(db: Session) -> None:
    """Clear the error of an earlier attempt."""
    db.exec(delete(NetworkTrouble))


def network_trouble(db: Session) -> NetworkTrouble | None:
    """Why the last allotment of the network failed; None if it succeeded."""
    return db.get(NetworkTrouble, NETWORK)
