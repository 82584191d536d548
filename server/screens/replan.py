"""Queue the planning that a change makes due: the network's allotment, then the venues that it touches.

Each such change raises the network's revision. An answer that names its revision can be checked for being still true.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select, update

from server.db import JobKind, enqueue, enqueue_all, insert_once
from server.errors import Conflict
from server.screens.models import NetworkRevision

# A venue is planned from what the network allotted, so it runs a moment later.
AFTER_ALLOTMENT_S = 0.05
THE_ROW = "network"


class NetworkChanged(Conflict):
    """Bookings or screens changed at this moment. Check again what is still free."""


def queue_allotment(db: Session, venue_ids: Iterable[str] = (), *, now: datetime) -> None:
    """After a change of bookings, screens or hours: allot anew, then plan these venues."""
    bump_revision(db)
    enqueue(db, JobKind.ALLOT, now=now)
    queue_plans(db, venue_ids, now=now, delay_s=AFTER_ALLOTMENT_S)


def queue_plans(db: Session, venue_ids: Iterable[str], *, now: datetime, delay_s: float = 0) -> None:
    """After a change that only these venues show (house content, notices, settings): plan them."""
    enqueue_all(db, JobKind.PLAN, sorted(set(venue_ids)), now=now, delay_s=delay_s)


def revision(db: Session) -> int:
    """The present revision of the network."""
    return db.exec(select(NetworkRevision.number).where(NetworkRevision.id == THE_ROW)).first() or 0


def bump_revision(db: Session, *, only_at: int | None = None) -> None:
    """Raise the revision by one.

    only_at: raise it only from this number, so that of two who found the same free capacity one is refused. Raises
    NetworkChanged otherwise."""
    insert_once(db, NetworkRevision(id=THE_ROW))
    here = [col(NetworkRevision.id) == THE_ROW]
    if only_at is not None:
        here.append(col(NetworkRevision.number) == only_at)
    raised = update(NetworkRevision).where(*here).values(number=NetworkRevision.number + 1)
    if db.exec(raised.execution_options(synchronize_session=False)).rowcount != 1:
        raise NetworkChanged
