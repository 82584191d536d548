"""Queue what must be planned again after a change: the network's allotment, then the venues that it touches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from server.db import enqueue

# A venue is planned from what the network allotted, so its turn comes a moment later.
AFTER_ALLOTMENT_S = 0.05


def queue_allotment(db: Session, venue_ids: Iterable[str] = (), *, now: datetime) -> None:
    """Something changed that decides who plays where: bookings, screens, hours. Allot anew, then plan these venues."""
    enqueue(db, "allot", now=now)
    queue_plans(db, venue_ids, now=now, delay_s=AFTER_ALLOTMENT_S)


def queue_plans(db: Session, venue_ids: Iterable[str], *, now: datetime, delay_s: float = 0) -> None:
    """Something changed that only these venues show: house content, notices, their settings."""
    for venue_id in sorted(set(venue_ids)):
        enqueue(db, "plan", venue_id, now=now, delay_s=delay_s)
