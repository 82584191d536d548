"""A job that runs: what its handler may use, how it reports progress, and how it learns that it must stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread

from sqlalchemy import Engine
from sqlmodel import Session

from media.store import MediaStore
from server.allotment.plan_cache import PlanCache
from server.db import Job, shared_now, transaction, utc_now
from server.db.errors import DATABASE_ERRORS
from server.errors import LiftcastError
from server.jobs.queue import is_still_leased, keep_lease, note_progress
from server.settings import Settings

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 1.0
BEATS_A_LEASE = 4
SPARE_S = 600

Ending = Callable[[Session, datetime], None]


class LeaseLost(Exception):
    """Another worker has this job now. Drop the work."""


class WorkerStops(Exception):
    """The worker stops. Hand the job back."""


class TookTooLong(LiftcastError):
    """The work took longer than it may. Tell the person who runs the server: a slow machine needs a higher limit."""


@dataclass
class Work:
    """Everything that a handler may use. A handler that runs long must call `progress` now and then.

    limit_s: work that takes longer is given up, at the next `progress` or, if it hangs, some minutes later
    """

    settings: Settings
    engine: Engine
    store: MediaStore
    job: Job
    stop: Event
    limit_s: float | None = None
    plan_cache: PlanCache = field(default_factory=PlanCache)
    lost: Event = field(default_factory=Event)
    _began: float = field(default_factory=time.monotonic)
    _written_at: float = 0.0

    def progress(self, share: float, also: Ending | None = None) -> None:
        """Write how far the work is, at most once a second. Raises if the work must be dropped."""
        if self.stop.is_set():
            raise WorkerStops
        if self.lost.is_set():
            raise LeaseLost
        if self.limit_s is not None and time.monotonic() - self._began > self.limit_s:
            raise TookTooLong(job=self.job.kind, share=round(share, 3), seconds=self.limit_s)
        if time.monotonic() - self._written_at < PROGRESS_EVERY_S:
            return
        self._written_at = time.monotonic()
        with transaction(self.engine) as db:
            if note_progress(db, self.job, share) and also:
                also(db, utc_now())

    def still_mine(self, db: Session) -> None:
        """For transactions of a handler before its end: raises LeaseLost if another worker has the job now."""
        if not is_still_leased(db, self.job):
            raise LeaseLost


@contextmanager
def heartbeat(work: Work, *, lease_s: float, hung: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Renew the lease while the block runs. A handler that hangs loses it in the end; then `hung` is called."""
    ended = Event()
    thread = Thread(target=_beat, args=(work, ended, lease_s, hung), name=f"lease-{work.job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(work: Work, ended: Event, lease_s: float, hung: Callable[[], None]) -> None:
    limit_s = work.settings.transcode_timeout_s if work.limit_s is None else work.limit_s
    until = time.monotonic() + limit_s + SPARE_S
    while not ended.wait(lease_s / BEATS_A_LEASE):
        if time.monotonic() >= until:
            work.lost.set()
            hung()
            return
        try:
            with transaction(work.engine) as db:
                renewed = keep_lease(db, work.job, now=shared_now(db), lease_s=lease_s)
        except DATABASE_ERRORS as error:  # the next beat tries again, while the lease lasts
            logger.warning("lease not renewed job=%s why=%s", work.job.id, error)
            continue
        if not renewed:
            work.lost.set()
            return
