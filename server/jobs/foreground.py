"""Allot and plan in the foreground, for `liftcast-server plan`: through the job queue, in turn with the workers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from threading import Event

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from media.store import MediaStore
from server.allotment.allot import DayAllotted, allot_days
from server.db import Job, JobKind, JobState, enqueue, reading, shared_now, transaction, utc_now
from server.errors import Conflict, Invalid, LiftcastError, Missing
from server.jobs import queue
from server.jobs.handlers import HANDLERS, OnDay, allot
from server.jobs.owners import owner_name
from server.jobs.worker import Worker, bury_worn_out, do, take_from_ended
from server.planner.model.days import date_at
from server.plays.played import plays_so_far, todays
from server.plays.up_time import up_times
from server.screens.models import Screen, Venue
from server.screens.venues import venues_in_use
from server.settings import Settings
from server.timelines.expiring import venues_expiring
from server.timelines.models import PublishedTimeline

LOOK_S = 0.2
# The job is queued so far ahead that no worker takes it, except if this process dies before its turn.
RESERVED_FOR_S = 86_400


class NoSuchVenue(Missing):
    """There is no venue of this name or id in use. Give one of `/api/v1/venues`, or leave --venue out."""


class OutsideTheWindow(Invalid):
    """This day is not planned. Give a day from today on, within LIFTCAST_DAYS_AHEAD days."""


class Interrupted(Conflict):
    """This was stopped before its end. The changes written so far are good; the workers do the rest."""


@dataclass(frozen=True)
class VenuePlanned:
    """A venue, the number of its screens that got a new version, and why it could not be planned (`trouble`)."""

    venue: Venue
    screens: int
    trouble: LiftcastError | None = None


def foreground_worker(settings: Settings, engine: Engine, stop: Event, *, lease_s: float = queue.LEASE_S) -> Worker:
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    kinds = frozenset({JobKind.ALLOT, JobKind.PLAN})
    return Worker(settings, engine, MediaStore(settings.media_dir), kinds, stop, lease_s, owner_name())


def preview_allotment(
    engine: Engine, settings: Settings, *, on_day: OnDay, now: datetime, only: date | None = None
) -> list[DayAllotted]:
    """The days as they would be allotted now; writes nothing."""
    with reading(engine) as db:
        played, up = plays_so_far(db, now=now), up_times(db, now=now)
    days = []
    for day in allot_days(engine, settings, played=played, up_times=up, now=now, until=only):
        if only in (None, day.on):
            on_day(day)
            days.append(day)
    return days


def allot_in_foreground(
    worker: Worker, *, on_day: OnDay, on_wait: Callable[[], None] = lambda: None, only: date | None = None
) -> None:
    """Allot as soon as no other planner does. An error is raised, and the workers try the job again.

    on_wait: called again and again while another planner is at work
    """
    own = _queue_own(worker)
    try:
        job = _wait_for_turn(worker, own, on_wait)
        error = do(worker, job, replace(HANDLERS[JobKind.ALLOT], run=partial(allot, on_day=on_day, only=only)))
    finally:
        _delete_unused(worker, own)
    if error is not None:
        raise error
    if worker.stop.is_set():
        raise Interrupted


def plan_in_foreground(worker: Worker, venues: Iterable[Venue]) -> Iterator[VenuePlanned]:
    """Plan these venues one by one. Waits for a venue that a worker is planning; goes on after one that fails."""
    for venue in venues:
        if worker.stop.is_set():
            raise Interrupted
        before = _versions(worker.engine, venue.id)
        error = _plan(worker, venue.id)
        after = _versions(worker.engine, venue.id)
        changed = sum(version != before.get(screen_id) for screen_id, version in after.items())
        yield VenuePlanned(venue, changed, error)


def venues_waiting(db: Session, settings: Settings, *, now: datetime) -> list[Venue]:
    """Venues whose plan is queued, or whose days run out."""
    queued = db.exec(select(Job.subject).where(col(Job.kind) == JobKind.PLAN, col(Job.state) == JobState.WAITING)).all()
    ids = {*queued, *venues_expiring(db, now=now, days_ahead=settings.days_ahead)}
    return [venue for venue in venues_in_use(db) if venue.id in ids]


def venue_named(db: Session, name: str) -> Venue:
    """The venue with this id, or with this name if only one venue has it. Raises NoSuchVenue."""
    found = [venue for venue in venues_in_use(db) if name in (venue.id, venue.name)]
    if len(found) != 1:
        raise NoSuchVenue
    return found[0]


def check_day(db: Session, settings: Settings, on: date, *, now: datetime) -> None:
    """Raises OutsideTheWindow unless the day is in the window of some zone."""
    days = [today for _zone, today in todays(db, now)] or [date_at("UTC", int(now.timestamp() * 1000))]
    if not min(days) <= on <= max(days) + timedelta(days=settings.days_ahead):
        raise OutsideTheWindow


def _queue_own(worker: Worker) -> Job:
    with transaction(worker.engine) as db:
        now = shared_now(db)
        own = Job(kind=JobKind.ALLOT, run_at=now + timedelta(seconds=RESERVED_FOR_S), created_at=now)
        db.add(own)
    return own


def _wait_for_turn(worker: Worker, own: Job, on_wait: Callable[[], None]) -> Job:
    while True:
        take_from_ended(worker)
        bury_worn_out(worker)
        with transaction(worker.engine) as db:
            job = queue.take_this(db, own, worker=worker.name, now=shared_now(db), lease_s=worker.lease_s)
        if job is not None:
            return job
        on_wait()
        if worker.stop.wait(LOOK_S):
            raise Interrupted


def _delete_unused(worker: Worker, own: Job) -> None:
    """Delete the own job if it still waits: an abandoned job of a dead worker was taken in its place, or none was."""
    idle = (col(Job.id) == own.id, col(Job.state) == JobState.WAITING, col(Job.run_at) == own.run_at)
    with transaction(worker.engine) as db:
        db.exec(delete(Job).where(*idle))


def _plan(worker: Worker, venue_id: str) -> LiftcastError | None:
    with transaction(worker.engine) as db:
        enqueue(db, JobKind.PLAN, venue_id, now=utc_now())
    while not worker.stop.is_set():
        take_from_ended(worker)
        with reading(worker.engine) as db:
            job = queue.first_open(db, JobKind.PLAN, venue_id)
        if job is None:
            return None
        with transaction(worker.engine) as db:
            taken = queue.take_this(db, job, worker=worker.name, now=shared_now(db), lease_s=worker.lease_s)
        if taken is not None:
            return do(worker, taken)
        worker.stop.wait(LOOK_S)
    raise Interrupted


def _versions(engine: Engine, venue_id: str) -> dict[str, int]:
    newest = select(PublishedTimeline.screen_id, func.max(PublishedTimeline.version)).join(
        Screen, col(Screen.id) == col(PublishedTimeline.screen_id)
    )
    with reading(engine) as db:
        rows = db.exec(newest.where(col(Screen.venue_id) == venue_id).group_by(col(PublishedTimeline.screen_id)))
        return dict(rows.all())
