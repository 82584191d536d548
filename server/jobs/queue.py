"""The queue: who gets a job is one conditional UPDATE; a job whose worker died is due again when its lease lapses."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, delete, exists, or_, select, update

from server.db import Job, insert_once

LEASE_S = 10  # so long does the work of a dead worker wait for another on a different machine
A_MOMENT = timedelta(milliseconds=1)
MOST_ATTEMPTS = 3
FIRST_RETRY_S = 5
RETRY_GROWTH = 4
ROOM_RETRY_S = 60
ERROR_CHARS = 500
CANDIDATES = 5
WAITING, RUNNING, DONE, FAILED = "waiting", "running", "done", "failed"


def take_job(
    db: Session, *, worker: str, now: datetime, kinds: Collection[str] | None = None, lease_s: float = LEASE_S
) -> Job | None:
    """The job that is due longest, now this worker's until the lease lapses; None when nothing is due.

    While a job runs its key is `running:…`: the same work is not done twice at once, and a change
    during the run can queue it again.
    """
    due = select(Job).where(_due(now), _of(kinds)).order_by(col(Job.run_at))
    return _first_won(db, due, worker=worker, now=now, lease_s=lease_s)


def take_this(db: Session, job: Job, *, worker: str, now: datetime, lease_s: float = LEASE_S) -> Job | None:
    """This waiting job, due or not, for this worker; or the same work of a worker that died. None while it runs."""
    mine = and_(col(Job.id) == job.id, col(Job.state) == WAITING, ~_same_work_runs())
    left = and_(_lapsed(now), col(Job.attempts) < MOST_ATTEMPTS)
    same = (col(Job.kind) == job.kind, col(Job.subject) == job.subject)
    return _first_won(db, select(Job).where(*same, or_(mine, left)), worker=worker, now=now, lease_s=lease_s)


def first_open(db: Session, kind: str, subject: str) -> Job | None:
    """The job of this work that waits or runs, the one that is due first; retries that wait for later are not meant."""
    unfinished = or_(col(Job.state) == RUNNING, col(Job.unique_key) == f"{kind}:{subject}")
    here = (col(Job.kind) == kind, col(Job.subject) == subject, unfinished)
    return db.exec(select(Job).where(*here).order_by(col(Job.run_at)).limit(1)).first()


def any_due(db: Session, *, now: datetime, kinds: Collection[str] | None = None) -> bool:
    """A cheap look before a transaction is opened."""
    return db.exec(select(Job.id).where(_due(now), _of(kinds)).limit(1)).first() is not None


def any_worn_out(db: Session, *, now: datetime, kinds: Collection[str] | None = None) -> bool:
    return db.exec(select(Job.id).where(_worn_out(now), _of(kinds)).limit(1)).first() is not None


def keep_lease(db: Session, job: Job, *, now: datetime, lease_s: float = LEASE_S) -> bool:
    """The heartbeat; False when the job is no longer this worker's."""
    return _change(db, job, leased_until=now + timedelta(seconds=lease_s))


def owners_at_work(db: Session) -> list[str]:
    return [owner for owner in db.exec(select(Job.leased_by).where(col(Job.state) == RUNNING).distinct()) if owner]


def end_leases(db: Session, owners: Collection[str], *, now: datetime) -> int:
    """The jobs of these owners are due at once; returns how many."""
    theirs = (col(Job.state) == RUNNING, col(Job.leased_by).in_(owners), col(Job.leased_until) >= now)
    ended = update(Job).where(*theirs).values(leased_until=now - A_MOMENT)
    return int(db.exec(ended.execution_options(synchronize_session=False)).rowcount)


def still_held(db: Session, job: Job) -> bool:
    """Is the job this worker's? Nobody else gets it before this transaction ends."""
    return _change(db, job, leased_by=job.leased_by)


def note_progress(db: Session, job: Job, progress: float) -> bool:
    return _change(db, job, progress=round(progress, 3))


def finish(db: Session, job: Job, *, now: datetime) -> bool:
    """Done; False when another worker has taken the job over, and its result counts."""
    return _end(db, job, state=DONE, progress=1.0, finished_at=now, error="")


def give_up(db: Session, job: Job, error: str, *, now: datetime) -> bool:
    """Failed for good. Of the failures of one piece of work the newest is kept: it may fail every few minutes."""
    if not _end(db, job, state=FAILED, finished_at=now, error=error[:ERROR_CHARS]):
        return False
    older = (col(Job.kind) == job.kind, col(Job.subject) == job.subject, col(Job.state) == FAILED)
    db.exec(delete(Job).where(*older, col(Job.id) != job.id).execution_options(synchronize_session=False))
    return True


def try_later(db: Session, job: Job, error: str, *, now: datetime) -> bool:
    """Waits again, longer after each attempt."""
    delay_s = FIRST_RETRY_S * RETRY_GROWTH ** max(0, job.attempts - 1)
    return _end(db, job, state=WAITING, run_at=now + timedelta(seconds=delay_s), error=error[:ERROR_CHARS])


def hand_back(db: Session, job: Job, *, now: datetime) -> bool:
    """The worker stops; the job is due at once and the attempt does not count."""
    return _end(db, job, state=WAITING, run_at=now, attempts=max(0, job.attempts - 1))


def wait_for_room(db: Session, job: Job, error: str, *, now: datetime) -> bool:
    """Waits again without counting the attempt: the disk is full, which the work cannot help."""
    later = now + timedelta(seconds=ROOM_RETRY_S)
    return _end(db, job, state=WAITING, run_at=later, attempts=max(0, job.attempts - 1), error=error[:ERROR_CHARS])


def attempts_used_up(job: Job) -> bool:
    return job.attempts >= MOST_ATTEMPTS


def take_worn_out(db: Session, *, worker: str, now: datetime, kinds: Collection[str] | None = None) -> Job | None:
    """A job whose worker died on its last attempt, to be given up by the caller."""
    return _first_won(db, select(Job).where(_worn_out(now), _of(kinds)), worker=worker, now=now, lease_s=LEASE_S)


def schedule(db: Session, kind: str, *, every_s: int, now: datetime) -> bool:
    """Queue a periodic job, once in each period however many workers ask: the period is in its id."""
    period = int(now.timestamp()) // every_s
    return insert_once(db, Job(id=f"{kind}-{period}", kind=kind, run_at=now, created_at=now))


def forget_finished(db: Session, *, done_before: datetime, failed_before: datetime) -> int:
    """Remove the rows of jobs that nobody will ask about."""
    old = or_(
        and_(col(Job.state) == DONE, col(Job.finished_at) < done_before),
        and_(col(Job.state) == FAILED, col(Job.finished_at) < failed_before),
    )
    return int(db.exec(delete(Job).where(old)).rowcount)


def _due(now: datetime) -> Any:
    waiting = and_(col(Job.state) == WAITING, col(Job.run_at) <= now, ~_same_work_runs())
    return or_(waiting, and_(_lapsed(now), col(Job.attempts) < MOST_ATTEMPTS))


def _worn_out(now: datetime) -> Any:
    return and_(_lapsed(now), col(Job.attempts) >= MOST_ATTEMPTS)


def _lapsed(now: datetime) -> Any:
    return and_(col(Job.state) == RUNNING, col(Job.leased_until) < now)


def _of(kinds: Collection[str] | None) -> Any:
    return col(Job.kind).in_(kinds) if kinds is not None else col(Job.kind) != ""


def _same_work_runs() -> Any:
    other = aliased(Job)
    same = and_(col(other.kind) == col(Job.kind), col(other.subject) == col(Job.subject))
    return exists().where(same, col(other.id) != col(Job.id), col(other.state) == RUNNING)


def _first_won(db: Session, candidates: Any, *, worker: str, now: datetime, lease_s: float) -> Job | None:
    fresh = candidates.limit(CANDIDATES).execution_options(populate_existing=True)
    for job in db.exec(fresh).all():
        if _won(db, job, worker=worker, now=now, lease_s=lease_s):
            db.refresh(job)
            return cast(Job, job)
    return None


def _won(db: Session, job: Job, *, worker: str, now: datetime, lease_s: float) -> bool:
    """One UPDATE decides; the unique key `running:…` decides between two rows of the same work."""
    here = (col(Job.id) == job.id, col(Job.state) == job.state, col(Job.attempts) == job.attempts)
    unleased = or_(col(Job.leased_until).is_(None), col(Job.leased_until) < now)
    taken = update(Job).where(*here, unleased).execution_options(synchronize_session=False)
    values = {
        "state": RUNNING,
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
    """Only while the job is this worker's."""
    mine = (col(Job.id) == job.id, col(Job.leased_by) == job.leased_by, col(Job.attempts) == job.attempts)
    change = update(Job).where(*mine, col(Job.state) == RUNNING).execution_options(synchronize_session=False)
    return bool(db.exec(change.values(**values)).rowcount == 1)
