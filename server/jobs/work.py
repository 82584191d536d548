"""Work: a job in a worker's hands, and how it tells that it must stop."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from media.store import MediaStore
from server.db import Job, transaction, utc_now
from server.jobs.queue import keep_lease, note_progress
from server.settings import Settings

logger = logging.getLogger(__name__)

PROGRESS_EVERY_S = 1.0
BEATS_A_LEASE = 3
SPARE_S = 600

Ending = Callable[[Session, datetime], None]


class LeaseLost(Exception):
    """Another worker has this job now. Drop the work."""


class WorkerStops(Exception):
    """The worker is told to stop. Hand the job back."""


@dataclass
class Work:
    """What a handler may use; `progress` must be called now and then by those that run long."""

    settings: Settings
    engine: Engine
    store: MediaStore
    job: Job
    stop: Event
    lost: Event = field(default_factory=Event)
    _told_at: float = 0.0

    def progress(self, share: float, also: Ending | None = None) -> None:
        """Write how far the work is, at most once a second; raises when the work is to be dropped."""
        if self.stop.is_set():
            raise WorkerStops
        if self.lost.is_set():
            raise LeaseLost
        if time.monotonic() - self._told_at < PROGRESS_EVERY_S:
            return
        self._told_at = time.monotonic()
        with transaction(self.engine) as db:
            if note_progress(db, self.job, share) and also:
                also(db, utc_now())


@contextmanager
def heartbeat(work: Work, *, lease_s: float) -> Iterator[None]:
    """Keep the lease while the block runs; a handler that hangs loses it in the end."""
    ended = Event()
    thread = Thread(target=_beat, args=(work, ended, lease_s), name=f"lease-{work.job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _beat(work: Work, ended: Event, lease_s: float) -> None:
    until = time.monotonic() + work.settings.transcode_timeout_s + SPARE_S
    while not ended.wait(lease_s / BEATS_A_LEASE) and time.monotonic() < until:
        try:
            with transaction(work.engine) as db:
                held = keep_lease(db, work.job, now=utc_now(), lease_s=lease_s)
        except DBAPIError as error:  # the database is away: the next beat tries again, the lease says the rest
            logger.warning("lease not kept job=%s why=%s", work.job.id, error.orig)
            continue
        if not held:
            work.lost.set()
            return
