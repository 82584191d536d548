"""Taking and ending jobs. One conditional UPDATE decides which worker gets a job.

A job whose worker died is due again when its lease lapses.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, delete, exists, or_, select, update

from server.db import Job, JobState, insert_once

LEASE_S = 10  # after this time a worker of another machine takes over a dead worker's job
A_MOMENT = timedelta(milliseconds=1)
MOST_ATTEMPTS = 3
FIRST_RETRY_S = 5
RETRY_GROWTH = 4
ROOM_RETRY_S = 60
ERROR_CHARS = 500
CANDIDATES = 5


def take_job(
    db: Session, *, worker: str, now: datetime, kinds: Collection[str] | None = None, lease_s: float = LEASE_S
) -> Job | None:
    """Lease the job that has been due longest to this worker; None if nothing is due.

    While a job runs its unique key is `running:…`: the same work is not done twice at the same time, and a change
    during the run can queue it again.
    """
    due = select(Job).where(_due(now), _of(kinds)).order_by(col(Job.run_at))
    return _first_won(db, due, worker=worker, now=now, lease_s=lease_s)


def take_this(db: Session, job: Job, *, worker: str, now: datetime, lease_s: float = LEASE_S) -> Job | None:
    """Lease this waiting job to this worker, due or not; or a job for the same work whose worker died.

    None while the same work runs.
    """
    mine = and_(col(Job.id) == job.id, col(Job.state) == JobState.WAITING, ~_same_work_runs())
    abandoned = and_(_lapsed(now), col(Job.attempts) < MOST_ATTEMPTS)
    same = (col(Job.kind) == job.kind, col(Job.subject) == job.subject)
    return _first_won(db, select(Job).where(*same, or_(mine, abandoned)), worker=worker, now=now, lease_s=lease_s)


def first_open(db: Session, kind: str, subject: str) -> Job | None:
    """The job for this work that runs, or waits for its first attempt; of several, the one that is due first."""
    unfinished = or_(col(Job.state) == JobState.RUNNING, col(Job.unique_key) == f"{kind}:{subject}")
    here = (col(Job.kind) == kind, col(Job.subject) == subject, unfinished)
    return db.exec(select(Job).where(*here).order_by(col(Job.run_at)).limit(1)).first()


def any_due(db: Session, *, now: datetime, kinds: Collection[str] | None = None) -> bool:
    """A cheap read, before a transaction is opened."""
    return db.exec(select(Job.id).where(_due(now), _of(kinds)).limit(1)).first() is not None


def any_worn_out(db: Session, *, now: datetime, kinds: Collection[str] | None = None) -> bool:
    return db.exec(select(Job.id).where(_worn_out(now), _of(kinds)).limit(1)).first() is not None


def keep_lease(db: Session, job: Job, *, now: datetime, lease_s: float = LEASE_S) -> bool:
    """Renew the lease; False if the job is no longer this worker's."""
    return _change(db, job, leased_until=now + timedelta(seconds=lease_s))


def owners_at_work(db: Session) -> list[str]:
    owners = db.exec(select(Job.leased_by).where(col(Job.state) == JobState.RUNNING).distinct())
    return [owner for owner in owners if owner]


def end_leases(db: Session, owners: Collection[str], *, now: datetime) -> int:
    """Make the jobs of these owners due at once; returns how many there were."""
    theirs = (col(Job.state) == JobState.RUNNING, col(Job.leased_by).in_(owners), col(Job.leased_until) >= now)
    ended = update(Job).where(*theirs).values(leased_until=now - A_MOMENT)
    return int(db.exec(ended.execution_options(synchronize_session=False)).rowcount)


def is_still_leased(db: Session, job: Job) -> bool:
    """Is the job still this worker's? No other worker can take it before this transaction ends."""
    return _change(db, job, leased_by=job.leased_by)


def note_progress(db: Session, job: Job, progress: float) -> bool:
    return _change(db, job, progress=round(progress, 3))


def finish(db: Session, job: Job, *, now: datetime) -> bool:
    """Mark the job done; False if another worker has taken it over, whose result then counts."""
    return _end(db, job, state=JobState.DONE, progress=1.0, finished_at=now, error="")


def give_up(db: Session, job: Job, error: str, *, now: datetime) -> bool:
    """Mark the job failed for good. Older failures of the same work are deleted: it may fail every few minutes."""
    if not _end(db, job, state=JobState.FAILED, finished_at=now, error=error[:ERROR_CHARS]):
        return False
    older = (col(Job.kind) == job.kind, col(Job.subject) == job.subject, col(Job.state) == JobState.FAILED)
    db.exec(delete(Job).where(*older, col(Job.id) != job.id).execution_options(synchronize_session=False))
    return True


def try_later(db: Session, job: Job, error: str, *, now: datetime) -> bool:
    """Let the job wait for its next attempt, longer after each one."""
    delay_s = FIRST_RETRY_S * RETRY_GROWTH ** max(0, job.attempts - 1)
    return _end(db, job, state=JobState.WAITING, run_at=now + timedelta(seconds=delay_s), error=error[:ERROR_CHARS])


def hand_back(db: Session, job: Job, *, now: datetime) -> bool:
    """Give the job back to the queue: it is due at once, and the attempt does not count."""
    return _end(db, job, state=JobState.WAITING, run_at=now, attempts=max(0, job.attempts - 1))


def wait_for_disk_space(db: Session, job: Job, error: str, *, now: datetime) -> bool:
    """Let the job wait without counting the attempt: it failed because the disk is full."""
    later, attempts = now + timedelta(seconds=ROOM_RETRY_S), max(0, job.attempts - 1)
    return _end(db, job, state=JobState.WAITING, run_at=later, attempts=attempts, error=error[:ERROR_CHARS])


def attempts_used_up(job: Job) -> bool:
    return job.attempts >= MOST_ATTEMPTS


def take_worn_out(db: Session, *, worker: str, now: datetime, kinds: Collection[str] | None = None) -> Job | None:
    """Lease a job whose worker died on its last attempt; the caller gives it up."""
    return _first_won(db, select(Job).where(_worn_out(now), _of(kinds)), worker=worker, now=now, lease_s=LEASE_S)


def schedule(db: Session, kind: str, *, every_s: int, now: datetime) -> bool:
    """Queue a periodic job. Its id contains the period, so that all workers together queue it once in each period."""
    period = int(now.timestamp()) // every_s
    return insert_once(db, Job(id=f"{kind}-{period}", kind=kind, run_at=now, created_at=now))


def forget_finished(db: Session, *, done_before: datetime, failed_before: datetime) -> int:
    """Delete the rows of jobs that ended long ago."""
    old = or_(
        and_(col(Job.state) == JobState.DONE, col(Job.finished_at) < done_before),
        and_(col(Job.state) == JobState.FAILED, col(Job.finished_at) < failed_before),
    )
    return int(db.exec(delete(Job).where(old)).rowcount)


def _due(now: datetime) -> Any:
    waiting = and_(col(Job.state) == JobState.WAITING, col(Job.run_at) <= now, ~_same_work_runs())
    return or_(waiting, and_(_lapsed(now), col(Job.attempts) < MOST_ATTEMPTS))


def _worn_out(now: datetime) -> Any:
    return and_(_lapsed(now), col(Job.attempts) >= MOST_ATTEMPTS)


def _lapsed(now: datetime) -> Any:
    return and_(col(Job.state) == JobState.RUNNING, col(Job.leased_until) < now)


def _of(kinds: Collection[str] | None) -> Any:
    return col(Job.kind).in_(kinds) if kinds is not None else col(Job.kind) != ""


def _same_work_runs() -> Any:
    other = aliased(Job)
    same = and_(col(other.kind) == col(Job.kind), col(other.subject) == col(Job.subject))
    return exists().where(same, col(other.id) != col(Job.id), col(other.state) == JobState.RUNNING)


def _first_won(db: Session, candidates: Any, *, worker: str, now: datetime, lease_s: float) -> Job | None:
    fresh = candidates.limit(CANDIDATES).execution_options(populate_existing=True)
    for job in db.exec(fresh).all():
        if _won(db, job, worker=worker, now=now, lease_s=lease_s):
            db.refresh(job)
            return cast(Job, job)
    return None


def _won(db: Session, job: Job, *, worker: str, now: datetime, lease_s: float) -> bool:
    """One UPDATE decides between workers; the unique key `running:…` decides between two rows for the same work."""
    here = (col(Job.id) == job.id, col(Job.state) == job.state, col(Job.attempts) == job.attempts)
    unleased = or_(col(Job.leased_until).is_(None), col(Job.leased_until) < now)
    taken = update(Job).where(*here, unleased).execution_options(synchronize_session=False)
    values = {
        "state": JobState.RUNNING,
        "leased_by": worker,
        "leased_until": now + timedelta(seconds=lease_s),
        "attempts": job.attempts + 1,
        "progress": 0.0,
        "unique_key": f"running:{job.kind}:{job.subject}",
    }
    try:
        with db.begin_nested():
            return bool(db.exec(taken.values(**values)).rowcount == 1)
    except IntegrityError:
        return False


def _end(db: Session, job: Job, **values: object) -> bool:
    return _change(db, job, leased_until=None, leased_by=None, unique_key=None, **values)


def _change(db: Session, job: Job, **values: object) -> bool:
    """Change the row only while the job is this worker's; False if it is not."""
    mine = (col(Job.id) == job.id, col(Job.leased_by) == job.leased_by, col(Job.attempts) == job.attempts)
    change = update(Job).where(*mine, col(Job.state) == JobState.RUNNING).execution_options(synchronize_session=False)
    return bool(db.exec(change.values(**values)).rowcount == 1)
