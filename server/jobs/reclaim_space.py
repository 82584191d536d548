"""Reclaim space while the disk is nearly full: abandoned and unused files first, then files that can be made again."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import col, update

from media.store import MediaStore
from server.db import reading, transaction, utc_now
from server.jobs.sweep import prune_store, remove_old_drafts
from server.runtime.disk import DiskSpace, disk_space_of
from server.screens.models import Player
from server.settings import Settings
from server.timelines.published.days import named_by_days
from server.timelines.retention import PICTURE_KEPT, digests_in_use

logger = logging.getLogger(__name__)

CHECK_EVERY_S, WARN_EVERY_S = 60, 600
# Reclaiming reads every timeline, which blocks planning for minutes on a large network. So the pause after it is this
# many times as long.
PAUSE_FACTOR = 20
DRAFT_S, UNUSED_S = 3600, 600  # younger files may be in use
FREE_TO_WORK = 16 << 20  # with less, a job could not even write how it ended


@dataclass
class SpaceReclaimer:
    """Checks the disk once a minute. It writes to the database only after there is space for that."""

    settings: Settings
    engine: Engine
    store: MediaStore
    free_space: Callable[[], DiskSpace]
    checked_at: float = float("-inf")
    warned_at: float = float("-inf")
    due_at: float = float("-inf")
    clock: Callable[[], float] = time.monotonic

    def check(self) -> None:
        now = self.clock()
        if now - self.checked_at < CHECK_EVERY_S:
            return
        self.checked_at = now
        if not self.free_space().is_short:
            return
        if now >= self.due_at:
            self.reclaim()
            ended = self.clock()
            self.due_at = ended + PAUSE_FACTOR * (ended - now)
        self._warn(now)

    def reclaim(self) -> None:
        """Remove files, the least useful first, until enough space is free."""
        for step in (self._drafts, self._unused, self._replaceable):
            removed = list(step())
            if removed:
                logger.warning("files removed to free space what=%s files=%d", step.__name__.strip("_"), len(removed))
            if not self.free_space().is_short:
                return

    def _warn(self, now: float) -> None:
        space = self.free_space()
        if space.is_short and now - self.warned_at >= WARN_EVERY_S:
            self.warned_at = now
            logger.warning("disk is nearly full free_mb=%d share=%.3f", space.free >> 20, space.share)

    def _drafts(self) -> Iterator[str]:
        yield from remove_old_drafts(self.settings, older_than_s=DRAFT_S)

    def _unused(self) -> Iterator[str]:
        with reading(self.engine) as db:
            in_use = digests_in_use(db, now=utc_now())
        yield from prune_store(self.store, in_use, named=self._named_by_days, older_than_s=UNUSED_S)

    def _replaceable(self) -> Iterator[str]:
        """Renditions of archived creatives, which can be made again; files of the past; players' pictures."""
        now = utc_now()
        with reading(self.engine) as db:
            in_use = digests_in_use(db, now=now, sparing=True)
        yield from prune_store(self.store, in_use, named=self._named_by_days, older_than_s=UNUSED_S)
        with transaction(self.engine) as db:
            old = (col(Player.picture_at) < now - PICTURE_KEPT, col(Player.picture_digest).is_not(None))
            db.exec(update(Player).where(*old).values(picture_digest=None))

    def _named_by_days(self, digests: list[str]) -> set[str]:
        with reading(self.engine) as db:
            return named_by_days(db, digests)


def space_reclaimer(settings: Settings, engine: Engine, store: MediaStore) -> SpaceReclaimer:
    return SpaceReclaimer(settings, engine, store, free_space=lambda: disk_space_of(settings.data_dir))


def can_work(settings: Settings) -> bool:
    """Is there space enough to take a job? On a full disk its end could not be written, and its attempts be used up."""
    return disk_space_of(settings.data_dir).free >= FREE_TO_WORK
