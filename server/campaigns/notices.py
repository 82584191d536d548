"""A venue's own notices: run one, stop it. They share what the venue reserves, or run once in every minute."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, or_, select, update

from server.accounts.audit import record
from server.campaigns.checks import NoCreative
from server.campaigns.house import AnotherVenuesCreative
from server.campaigns.models import NoticeRun
from server.creatives.archive import archive_creative
from server.creatives.models import Creative, CreativeState
from server.db import get_or_raise
from server.errors import Conflict, Invalid, LiftcastError, Missing
from server.screens.models import Venue
from server.screens.replan import queue_plans
from server.screens.venues import venue_in_use

# From when until when; None is from now, and until it is stopped.
Span = tuple[datetime | None, datetime | None]


class NoNoticeRun(Missing):
    """There is no such notice. Look at the venue's list again."""


class NoticeStopped(Conflict):
    """This notice has stopped already. Run it again if it should be seen."""


class NoticeEndsBeforeItBegins(Invalid):
    """The notice ends before it begins, or lies in the past. Choose an end that is still to come."""


class NoticeCannotBeShown(Conflict):
    """This creative failed or was put away. Type the notice again, or choose another."""


class NothingReserved(Conflict):
    """This venue reserves no time for its notices. Raise the venue's share for notices first."""


def run_notice(
    db: Session,
    creative_id: str,
    venue_id: str,
    *,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    every_minute: bool = False,
    by: str | None = None,
    now: datetime,
) -> NoticeRun:
    """Show it between two instants, or until it is stopped. One that is still being drawn appears when it is ready.

    every_minute: even beyond the share reserved for notices; campaigns give way, and lost plays are made good later
    """
    creative = get_or_raise(db, Creative, creative_id, NoCreative)
    if creative.venue_id not in (None, venue_id):
        raise AnotherVenuesCreative
    if creative.state not in (CreativeState.READY, CreativeState.PROCESSING):
        raise NoticeCannotBeShown
    if venue_in_use(db, venue_id).reserved_percent == 0 and not every_minute:
        raise NothingReserved
    begins = from_at or now
    if until_at is not None and until_at <= max(begins, now):
        raise NoticeEndsBeforeItBegins
    run = NoticeRun(
        creative_id=creative_id, venue_id=venue_id, from_at=begins, until_at=until_at, every_minute=every_minute
    )
    db.add(run)
    db.flush()
    return _queue_and_record(db, run, "notice run", by=by, now=now)


def run_notice_in(
    db: Session,
    creative_id: str,
    venues: Iterable[Venue],
    *,
    span: Callable[[Venue], Span],
    every_minute: bool = False,
    by: str | None = None,
    now: datetime,
) -> list[tuple[Venue, LiftcastError]]:
    """Show it in each of the venues that can; returns where it cannot, and why. Refused if it can nowhere."""
    refused: list[tuple[Venue, LiftcastError]] = []
    runs = 0
    for venue in venues:
        from_at, until_at = span(venue)
        try:
            run_notice(
                db,
                creative_id,
                venue.id,
                from_at=from_at,
                until_at=until_at,
                every_minute=every_minute,
                by=by,
                now=now,
            )
            runs += 1
        except (NothingReserved, NoticeEndsBeforeItBegins) as error:
            refused.append((venue, error))
    if refused and not runs:
        raise refused[0][1]
    return refused


def stop_notice(db: Session, id_: str, *, by: str | None = None, now: datetime) -> NoticeRun:
    run = get_or_raise(db, NoticeRun, id_, NoNoticeRun)
    stopped = update(NoticeRun).where(col(NoticeRun.id) == id_, _runs_still(now)).values(until_at=now)
    if db.exec(stopped).rowcount != 1:
        raise NoticeStopped
    db.refresh(run)
    return _queue_and_record(db, run, "notice stopped", by=by, now=now)


def runs_of(db: Session, creative_id: str, *, now: datetime) -> list[tuple[NoticeRun, Venue]]:
    """The venues in which a notice runs or will run, by name."""
    both = select(NoticeRun, Venue).join(Venue, col(Venue.id) == col(NoticeRun.venue_id))
    mine = both.where(col(NoticeRun.creative_id) == creative_id, _runs_still(now))
    return list(db.exec(mine.order_by(col(Venue.name), col(NoticeRun.from_at), col(NoticeRun.id))).all())


def stop_runs_of(db: Session, creative_id: str, *, by: str | None = None, now: datetime) -> int:
    """Stop a notice in every venue where it runs or will run; returns how many."""
    runs = runs_of(db, creative_id, now=now)
    for run, _venue in runs:
        stop_notice(db, run.id, by=by, now=now)
    return len(runs)


def withdraw_creative(db: Session, creative_id: str, *, by: str | None = None, now: datetime) -> None:
    """Archive a creative. A notice stops with it, so that it does not go on when it is restored."""
    stop_runs_of(db, creative_id, by=by, now=now)
    archive_creative(db, creative_id, now=now)


def _runs_still(now: datetime) -> Any:
    return or_(col(NoticeRun.until_at).is_(None), col(NoticeRun.until_at) > now)


def notices_of(db: Session, venue_id: str, *, since: datetime) -> Sequence[NoticeRun]:
    """Runs now or in the future, and those that ended after `since`."""
    alive = or_(col(NoticeRun.until_at).is_(None), col(NoticeRun.until_at) > since)
    here = col(NoticeRun.venue_id) == venue_id
    return db.exec(select(NoticeRun).where(here, alive).order_by(col(NoticeRun.from_at), col(NoticeRun.id))).all()


def _queue_and_record(db: Session, run: NoticeRun, action: str, *, by: str | None, now: datetime) -> NoticeRun:
    queue_plans(db, [run.venue_id], now=now)
    record(db, by, action, run.creative_id, {"venue": run.venue_id}, now=now)
    return run
