"""What each kind of job does. A handler works without a transaction; what it returns is written with the job's end."""

from __future__ import annotations

import errno
import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlmodel import Session

from server.creatives.coupons import redraw_coupons
from server.creatives.ffmpeg import NoRoomForRenditions, RenditionFailed
from server.creatives.ready import fail_creative, keep_renditions, piece_of, tell_progress
from server.creatives.renditions import bench_for, make_renditions
from server.db import reading, transaction, utc_now
from server.errors import Invalid, LiftcastError
from server.jobs.sweep import RenditionsLost, forget_old_jobs, mend_creatives, remove_old_drafts
from server.jobs.work import Ending, Work

logger = logging.getLogger(__name__)

OnFailure = Callable[[Session, str, LiftcastError, datetime], None]


@dataclass(frozen=True)
class Handler:
    """`failed` is told when the job is given up; `every_s` makes it periodic."""

    run: Callable[[Work], Ending | None]
    failed: OnFailure | None = None
    every_s: int | None = None


def make_creative_renditions(work: Work) -> Ending | None:
    """The files of one creative; a run that was cut short before left nothing that counts."""
    creative_id = work.job.subject
    with reading(work.engine) as db:
        piece = piece_of(db, creative_id, work.settings)
    if piece is None:
        return None

    def told(share: float) -> None:
        work.progress(share, lambda db, now: tell_progress(db, creative_id, share, now=now))

    with _folder_of(work) as folder, _disk_watched():
        bench = bench_for(work.settings, work.store, folder=folder, on_progress=told)
        made, length_ms = make_renditions(piece, bench)
    return lambda db, now: keep_renditions(db, creative_id, made, length_ms=length_ms, now=now)


def renditions_failed(db: Session, creative_id: str, error: LiftcastError, now: datetime) -> None:
    known = isinstance(error, RenditionFailed | Invalid)
    fail_creative(db, creative_id, error if known else RenditionsLost(), now=now)


def redraw_offer(work: Work) -> Ending:
    return lambda db, now: redraw_coupons(db, work.job.subject, now=now)


def sweep(work: Work) -> None:
    remove_old_drafts(work.settings)
    with transaction(work.engine) as db:
        mended = mend_creatives(db, now=utc_now())
        forget_old_jobs(db, now=utc_now())
    if mended:
        logger.info("stuck creatives mended creatives=%s", ",".join(mended))


HANDLERS: dict[str, Handler] = {
    "renditions": Handler(make_creative_renditions, failed=renditions_failed),
    "draw_coupon": Handler(redraw_offer),
    "sweep": Handler(sweep, every_s=60),
}


@contextmanager
def _folder_of(work: Work) -> Iterator[Path]:
    """A folder for this attempt alone; what earlier attempts left is removed, for their lease is over."""
    for old in work.settings.work_dir.glob(f"renditions-{work.job.id}-*"):
        shutil.rmtree(old, ignore_errors=True)
    folder = work.settings.work_dir / f"renditions-{work.job.id}-{work.job.attempts}"
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _disk_watched() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoRoomForRenditions from error
        raise
