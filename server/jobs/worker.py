"""The worker: take a job, do it, write its result, until the process is stopped.

A process has a thread for each of its lanes. Jobs of one lane are done one after another; jobs of different lanes never
wait for each other.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from threading import Event, Thread

from sqlalchemy import Engine

from media.store import MediaStore
from server import tables  # noqa: F401  a row's foreign keys are looked up among all tables
from server.allotment.plan_cache import PlanCache
from server.creatives.render.ffmpeg import NoRoomForRenditions, RenditionFailed
from server.db import Job, JobKind, make_engine, reading, shared_now, transaction, utc_now
from server.db.errors import DATABASE_ERRORS, DatabaseUnavailable
from server.db.wakeups import Wakeups
from server.errors import Conflict, Invalid, LiftcastError
from server.jobs import queue
from server.jobs.handlers import HANDLERS, Handler
from server.jobs.owners import has_ended, owner_name
from server.jobs.reclaim_space import SpaceReclaimer, can_work, space_reclaimer
from server.jobs.work import Ending, LeaseLost, TookTooLong, Work, WorkerStops, heartbeat
from server.runtime.disk import DiskFull, disk_space_of, is_disk_full
from server.runtime.watchdog import ping_watchdog
from server.settings import Settings

logger = logging.getLogger(__name__)

LOOK_AROUND_S = 5.0
LOOK_FOR_ENDED_S = 1.0
DATABASE_AWAY_S = 1.0
DISK_FULL_S = 5.0
HOPELESS = (Invalid, RenditionFailed, TookTooLong)
# Each of these kinds has a lane of its own; all others share one. OFF_AIR reads every timeline, CERTIFICATE waits for
# other servers, and no plan must wait for them.
ALONE = (JobKind.DRAW, JobKind.STILLS, JobKind.RENDITIONS, JobKind.OFF_AIR, JobKind.CERTIFICATE)
LANES = tuple(frozenset({kind}) for kind in ALONE)
LISTEN_S = 0.5  # a stopped worker, and a job that falls due by time, wait no longer than this


class NoSuchKind(LiftcastError):
    """There is no job of this kind. The kinds are those in server/jobs/handlers.py."""


class NoKindLeft(LiftcastError):
    """No kind of job is left for this worker. Name one that is not spared too."""


class HandlerBroke(LiftcastError):
    """The work broke off unexpectedly. Try again; if it stays, tell the person who runs the server."""


class WorkerDied(LiftcastError):
    """The worker died each time it did this. Tell the person who runs the server: perhaps its memory ran out."""


class DoneElsewhere(Conflict):
    """Another worker has taken this work over. Its log shows the result."""


@dataclass
class Worker:
    """The state of one lane. `kinds`: the kinds of job that it does."""

    settings: Settings
    engine: Engine
    store: MediaStore
    kinds: frozenset[str]
    stop: Event
    lease_s: float
    name: str
    looked_at: float = float("-inf")
    looked_for_ended_at: float = float("-inf")
    end_process: Callable[[int], object] = os._exit
    plan_cache: PlanCache = field(default_factory=PlanCache)
    reclaimer: SpaceReclaimer | None = None


def run_worker(
    settings: Settings,
    *,
    only: Collection[str] = (),
    spared: Collection[str] = (),
    stop: Event,
    lease_s: float = queue.LEASE_S,
) -> None:
    """Do jobs (of the kinds in `only`, or all but the `spared`) until `stop` is set. Then running jobs are handed back.

    A lane that breaks ends the others too: the supervisor of the process starts it again.
    """
    lanes = lanes_of(kinds_of(only, spared))
    engine = make_engine(settings.database_url)
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    Thread(target=ping_watchdog, args=(time.sleep,), name="watchdog", daemon=True).start()
    try:
        with ThreadPoolExecutor(len(lanes), thread_name_prefix="lane") as pool:
            running = [pool.submit(_run_lane, settings, engine, kinds, stop, lease_s) for kinds in lanes]
            for ended in as_completed(running):
                stop.set()
                ended.result()
    finally:
        engine.dispose()


def lanes_of(kinds: frozenset[str]) -> list[frozenset[str]]:
    """These kinds of job, divided into lanes."""
    parts = [*(kinds & lane for lane in LANES), kinds.difference(*LANES)]
    return [part for part in parts if part]


def _run_lane(settings: Settings, engine: Engine, kinds: frozenset[str], stop: Event, lease_s: float) -> None:
    name = owner_name()
    store = MediaStore(settings.media_dir)
    worker = Worker(settings, engine, store, kinds, stop, lease_s, name)
    if JobKind.SWEEP in kinds:
        worker.reclaimer = space_reclaimer(settings, engine, store)
    wakeups = Wakeups(engine, "liftcast_jobs", sleep=stop.wait, at_most_s=LISTEN_S)
    logger.info("worker started name=%s kinds=%s", name, ",".join(sorted(kinds)))
    try:
        while not stop.is_set():
            if not turn(worker):
                wakeups.wait()
    finally:
        wakeups.close()
        logger.info("worker stopped name=%s", name)


def kinds_of(only: Collection[str], spared: Collection[str]) -> frozenset[str]:
    unknown = (set(only) | set(spared)) - set(HANDLERS)
    if unknown:
        raise NoSuchKind(f"There is no job of the kind {min(unknown)}.")
    kinds = frozenset(only or HANDLERS) - frozenset(spared)
    if not kinds:
        raise NoKindLeft
    return kinds


def turn(worker: Worker) -> bool:
    """Take one job from the queue and do it; False if there was none. Waits a little if the database is away or the
    disk is full."""
    try:
        if worker.reclaimer is not None:
            worker.reclaimer.check()
        if not can_work(worker.settings):
            worker.stop.wait(DISK_FULL_S)
            return False
        do_rounds(worker)
        if time.monotonic() - worker.looked_for_ended_at >= LOOK_FOR_ENDED_S:
            worker.looked_for_ended_at = time.monotonic()
            take_from_ended(worker)
        job = take(worker)
        if job is not None:
            do(worker, job)
    except DATABASE_ERRORS as error:
        logger.warning("database away or unwilling, tried again why=%s", error)
        worker.stop.wait(DATABASE_AWAY_S)
        return False
    return job is not None


def do_rounds(worker: Worker) -> None:
    """Schedule periodic jobs and give up worn-out ones, every few seconds."""
    if time.monotonic() - worker.looked_at < LOOK_AROUND_S:
        return
    worker.looked_at = time.monotonic()
    schedule_periodic(worker)
    bury_worn_out(worker)


def schedule_periodic(worker: Worker) -> None:
    periodic = {kind: HANDLERS[kind].every_s for kind in worker.kinds}
    with transaction(worker.engine) as db:
        for kind, every_s in periodic.items():
            if every_s is not None:
                queue.schedule(db, kind, every_s=every_s, now=shared_now(db))


def take(worker: Worker) -> Job | None:
    """Lease the next due job. A read comes first, so that an idle worker takes no write lock ten times a second."""
    with reading(worker.engine) as db:
        if not queue.any_due(db, now=shared_now(db), kinds=worker.kinds):
            return None
    with transaction(worker.engine) as db:
        return queue.take_job(db, worker=worker.name, now=shared_now(db), kinds=worker.kinds, lease_s=worker.lease_s)


def take_from_ended(worker: Worker) -> None:
    """Make jobs of killed processes of this machine due at once, not only when their leases lapse."""
    with reading(worker.engine) as db:
        ended = [owner for owner in queue.owners_at_work(db) if has_ended(owner)]
    if not ended:
        return
    with transaction(worker.engine) as db:
        jobs = queue.end_leases(db, ended, now=shared_now(db))
    if jobs:
        logger.warning("jobs taken from ended processes owners=%s jobs=%d", ",".join(ended), jobs)


def bury_worn_out(worker: Worker) -> None:
    """Give up a job whose workers died on every attempt, so that nothing waits for it for ever."""
    with reading(worker.engine) as db:
        if not queue.any_worn_out(db, now=shared_now(db), kinds=worker.kinds):
            return
    with transaction(worker.engine) as db:
        job = queue.take_worn_out(db, worker=worker.name, now=shared_now(db), kinds=worker.kinds)
    if job is not None:
        _give_up(worker, job, HANDLERS[job.kind], WorkerDied())


def do(worker: Worker, job: Job, handler: Handler | None = None) -> LiftcastError | None:
    """Run the handler and write the job's end, good or bad. Returns the error, if there was one."""
    handler = handler or HANDLERS[job.kind]
    limit_s = handler.limit(worker.settings) if handler.limit else None
    work = Work(worker.settings, worker.engine, worker.store, job, worker.stop, limit_s, worker.plan_cache)
    began = time.monotonic()
    try:
        with heartbeat(work, lease_s=worker.lease_s, hung=lambda: _hung(worker, job, handler)):
            ending = handler.run(work)
        _write_end(worker, job, ending)
    except WorkerStops:
        _hand_back(worker, job)
    except LeaseLost:
        logger.warning("job lost to another worker kind=%s subject=%s", job.kind, job.subject)
        return DoneElsewhere()
    except DatabaseUnavailable:
        _hand_back(worker, job)
        raise
    except LiftcastError as error:
        _fail(worker, job, handler, error)
        return error
    except Exception as error:
        if is_disk_full(error):
            _fail(worker, job, handler, DiskFull())
            return DiskFull()
        logger.exception("job broke kind=%s subject=%s", job.kind, job.subject)
        _fail(worker, job, handler, HandlerBroke())
        return HandlerBroke()
    else:
        took_ms = (time.monotonic() - began) * 1000
        logger.info("job done kind=%s subject=%s ms=%.0f", job.kind, job.subject, took_ms)
    return None


def _hand_back(worker: Worker, job: Job) -> None:
    """The work did not fail: another attempt is due at once, and this one does not count."""
    with transaction(worker.engine) as db:
        queue.hand_back(db, job, now=shared_now(db))
    logger.info("job handed back kind=%s subject=%s", job.kind, job.subject)


def _write_end(worker: Worker, job: Job, ending: Ending | None) -> None:
    """Write the job's end and its result in one transaction: a worker that lost its lease writes neither."""
    with transaction(worker.engine) as db:
        if not queue.finish(db, job, now=shared_now(db)):
            raise LeaseLost
        if ending is not None:
            ending(db, utc_now())


def _fail(worker: Worker, job: Job, handler: Handler, error: LiftcastError) -> None:
    """Give the job up if another attempt cannot help or none is left; otherwise let it wait for its next attempt."""
    if isinstance(error, DiskFull | NoRoomForRenditions) and disk_space_of(worker.settings.data_dir).is_short:
        with transaction(worker.engine) as db:
            queue.wait_for_disk_space(db, job, error.message, now=shared_now(db))
        logger.warning("job waits for disk space kind=%s subject=%s", job.kind, job.subject)
        return
    hopeless = isinstance(error, HOPELESS) and not isinstance(error, NoRoomForRenditions)
    if hopeless or queue.attempts_used_up(job):
        _give_up(worker, job, handler, error)
        return
    with transaction(worker.engine) as db:
        queue.try_later(db, job, error.message, now=shared_now(db))
    logger.warning("job failed, tried later kind=%s subject=%s why=%s", job.kind, job.subject, error.message)


def _give_up(worker: Worker, job: Job, handler: Handler, error: LiftcastError) -> None:
    with transaction(worker.engine) as db:
        if queue.give_up(db, job, error.message, now=shared_now(db)) and handler.failed:
            handler.failed(db, job.subject, error, utc_now())
    logger.warning("job given up kind=%s subject=%s why=%s facts=%s", job.kind, job.subject, error.message, error.facts)


def _hung(worker: Worker, job: Job, handler: Handler) -> None:
    """The work is past its limit and does not react, as a loop in compiled code does not. Give the job up and end the
    process, which its supervisor starts again."""
    if handler.limit is None:
        return
    _give_up(worker, job, handler, TookTooLong(job=job.kind, seconds=handler.limit(worker.settings)))
    logger.critical("worker ends, for its work does not kind=%s subject=%s", job.kind, job.subject)
    worker.end_process(1)
