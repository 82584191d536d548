"""Faults of screens that people report from their phones: a black screen cannot always say so itself.

A phone's report counts for a day, or until somebody in charge of the screen closes it. A repeat only makes it newer.
Nothing proves that a phone is at the screen: the code that would is on the screen, which is black.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, func, select

from media.wire.phone import SeenFault
from server.accounts.audit import record
from server.db import get_or_raise, new_id, on_postgres
from server.errors import Conflict
from server.screens.models import ReportedFault, Screen, Venue
from server.screens.opening import opening_of
from server.screens.venues import NoScreen

logger = logging.getLogger(__name__)

COUNTS_FOR = timedelta(days=1)
MOST_EACH = 100  # reports of a screen; more say nothing new


class ScreenIsOff(Conflict):
    """This screen is off while the building is closed. Look again when it is open."""


@dataclass(frozen=True)
class Reports:
    """phones: how many reported this fault · latest: the last report"""

    phones: int
    latest: datetime


FaultsOfScreen = Mapping[SeenFault, Reports]


def report_fault(
    db: Session, screen: Screen, fault: SeenFault, *, phone_hash: str, seen_at: datetime | None = None, now: datetime
) -> None:
    """phone_hash: distinguishes this phone's reports from others'
    seen_at: when the phone reported it at a box without an uplink; a report that would not count any more is dropped

    Raises ScreenIsOff where nothing was shown because the building was closed.
    """
    at = min(seen_at or now, now)
    if opening_of(db.get_one(Venue, screen.venue_id), at).closed_until is not None:
        raise ScreenIsOff
    if at <= now - COUNTS_FOR:
        return
    stored = select(func.count()).select_from(ReportedFault).where(ReportedFault.screen_id == screen.id)
    if db.exec(stored).one() >= MOST_EACH:
        return
    newest = {"fault": fault, "reported_at": at}
    insert = (postgres_insert if on_postgres(db) else sqlite_insert)(ReportedFault)
    row = insert.values(id=new_id(), screen_id=screen.id, phone_hash=phone_hash, **newest)
    is_newer = col(ReportedFault.reported_at) < row.excluded.reported_at
    db.exec(row.on_conflict_do_update(index_elements=["screen_id", "phone_hash"], set_=newest, where=is_newer))
    logger.info("fault reported screen=%s fault=%s", screen.id, fault)


def faults_by_screen(db: Session, *, now: datetime, screen_id: str | None = None) -> dict[str, FaultsOfScreen]:
    """The faults that count now, of every screen that has any, or of this one."""
    counted = (
        select(ReportedFault.screen_id, ReportedFault.fault, func.count(), func.max(ReportedFault.reported_at))
        .where(col(ReportedFault.reported_at) > now - COUNTS_FOR)
        .group_by(col(ReportedFault.screen_id), col(ReportedFault.fault))
    )
    if screen_id is not None:
        counted = counted.where(ReportedFault.screen_id == screen_id)
    faults: dict[str, dict[SeenFault, Reports]] = defaultdict(dict)
    for of_screen, fault, phones, latest in db.exec(counted):
        faults[of_screen][SeenFault(fault)] = Reports(phones, latest)
    return dict(faults)


def close_faults(db: Session, screen_id: str, *, by: str | None, now: datetime) -> None:
    """Somebody has looked at the screen: its reports are deleted. Later ones are new."""
    get_or_raise(db, Screen, screen_id, NoScreen)
    closed = db.exec(delete(ReportedFault).where(col(ReportedFault.screen_id) == screen_id))
    if closed.rowcount:
        record(db, by, "reported faults closed", screen_id, {"reports": closed.rowcount}, now=now)


def forget_faults(db: Session, *, now: datetime) -> None:
    db.exec(delete(ReportedFault).where(col(ReportedFault.reported_at) <= now - COUNTS_FOR))
