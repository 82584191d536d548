"""The sweep: mend or remove what a crash or a lost worker left behind."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from media.store import MediaStore
from server.creatives.accept import make_later
from server.creatives.kinds import RENDITION_JOBS
from server.creatives.models import Creative, CreativeState
from server.creatives.ready import fail_creative
from server.db import Job, JobState
from server.errors import LiftcastError
from server.jobs.queue import forget_finished
from server.settings import Settings

logger = logging.getLogger(__name__)

Named = Callable[[list[str]], set[str]]

DRAFT_S = 24 * 3600
UNUSED_KEPT_S = 2 * 24 * 3600
FILES_AT_ONCE = 500
DONE_KEPT, FAILED_KEPT = timedelta(days=1), timedelta(days=30)


class RenditionsLost(LiftcastError):
    """The files could not be made, in several tries. Try the creative again; if it stays, tell the person who runs the
    server."""


def mend_creatives(db: Session, *, now: datetime) -> list[str]:
    """Queue creatives again that are `processing` without a job, or mark them failed if all attempts are used up."""
    unfinished = col(Job.state).in_((JobState.WAITING, JobState.RUNNING))
    at_work = select(Job.subject).where(col(Job.kind).in_(RENDITION_JOBS), unfinished)
    stuck = select(Creative).where(col(Creative.state) == CreativeState.PROCESSING, col(Creative.id).not_in(at_work))
    found = list(db.exec(stuck))
    for creative in found:
        if _gave_up_on(db, creative.id):
            fail_creative(db, creative.id, RenditionsLost())
        else:
            make_later(db, creative.id, creative.kind, now=now)
    return [creative.id for creative in found]


def is_queued(db: Session, creative_id: str) -> bool:
    """Does a job for the creative's renditions wait?"""
    waiting = (col(Job.kind).in_(RENDITION_JOBS), col(Job.subject) == creative_id, col(Job.state) == JobState.WAITING)
    return db.exec(select(Job.id).where(*waiting).limit(1)).first() is not None


def forget_old_jobs(db: Session, *, now: datetime) -> int:
    return forget_finished(db, done_before=now - DONE_KEPT, failed_before=now - FAILED_KEPT)


def remove_old_drafts(settings: Settings, *, older_than_s: float = DRAFT_S) -> list[str]:
    """Remove unfinished uploads and renditions to which nothing was written for a day; returns their names."""
    oldest = time.time() - older_than_s
    folders = (settings.work_dir, settings.uploads_dir, settings.media_dir / "drafts")
    old = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if _last_written(path) < oldest]
    for path in old:
        _remove(path)
    return [path.name for path in old]


def prune_store(store: MediaStore, in_use: set[str], *, named: Named, older_than_s: float = UNUSED_KEPT_S) -> list[str]:
    """Remove stored files that are not in use. Young files stay, because their rows may be about to be written.

    During a backup nothing is removed: the rows that it has read may still name these files.

    named: returns the files of a batch that published days name; a large network has too many to read all at once
    """
    with store.pruning() as allowed:
        return _remove_unused(store, in_use, named, time.time() - older_than_s) if allowed else []


def _remove_unused(store: MediaStore, in_use: set[str], named: Named, oldest: float) -> list[str]:
    old = [digest for digest in store.digests() if digest not in in_use and _last_written(store.path(digest)) < oldest]
    parts = (old[first : first + FILES_AT_ONCE] for first in range(0, len(old), FILES_AT_ONCE))
    return [
        digest for part in parts for digest in sorted(set(part) - named(part)) if _remove_old(store, digest, oldest)
    ]


def _remove_old(store: MediaStore, digest: str, oldest: float) -> bool:
    """False if the same file was stored again in the meantime; then it stays."""
    is_old = _last_written(store.path(digest)) < oldest
    if is_old:
        store.remove(digest)
    return is_old


def _gave_up_on(db: Session, creative_id: str) -> bool:
    jobs = select(Job.id).where(col(Job.kind).in_(RENDITION_JOBS), col(Job.subject) == creative_id)
    return db.exec(jobs.where(col(Job.state) == JobState.FAILED).limit(1)).first() is not None


def _last_written(path: Path) -> float:
    """The time of the last write to a file, or in a folder; infinite if it no longer exists."""
    try:
        inside = path.iterdir() if path.is_dir() else iter(())
        return max((entry.stat().st_mtime for entry in (path, *inside)), default=0.0)
    except FileNotFoundError:
        return float("inf")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    logger.info("old draft removed name=%s", path.name)
