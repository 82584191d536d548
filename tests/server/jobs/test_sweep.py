from __future__ import annotations

import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from media.store import MediaStore
from server.creatives.models import Creative, CreativeState
from server.db import Job, enqueue
from server.jobs import queue
from server.jobs.sweep import forget_old_jobs, mend_creatives, prune_store, remove_old_drafts
from server.settings import Settings
from tests.factories import make_creative


def stuck(db: Session) -> Creative:
    return make_creative(db, kind="video", ready=False)


def waiting(db: Session) -> list[str]:
    return [job.subject for job in db.exec(select(Job)) if job.state == "waiting"]


def test_a_creative_that_nobody_works_at_is_queued_again(db: Session, now: datetime) -> None:
    creative = stuck(db)
    assert mend_creatives(db, now=now) == [creative.id]
    assert waiting(db) == [creative.id]
    assert mend_creatives(db, now=now) == []


@pytest.mark.parametrize("taken", [False, True])
def test_a_creative_in_someones_hands_is_left_alone(db: Session, now: datetime, taken: bool) -> None:
    creative = stuck(db)
    enqueue(db, "renditions", creative.id, now=now)
    if taken:
        queue.take_job(db, worker="one", now=now)
    assert mend_creatives(db, now=now) == []
    assert creative.state == CreativeState.PROCESSING


def test_a_creative_whose_attempts_are_used_up_fails_with_a_remedy(db: Session, now: datetime) -> None:
    creative = stuck(db)
    enqueue(db, "renditions", creative.id, now=now)
    job = queue.take_job(db, worker="one", now=now)
    assert job is not None
    queue.give_up(db, job, "broke", now=now)
    mend_creatives(db, now=now)
    db.refresh(creative)
    assert creative.state == CreativeState.FAILED
    assert creative.trouble
    assert creative.remedy


def test_ready_creatives_are_left_alone(db: Session, now: datetime) -> None:
    make_creative(db)
    assert mend_creatives(db, now=now) == []


def test_ended_jobs_are_forgotten_in_time(db: Session, now: datetime) -> None:
    enqueue(db, "plan", "venue", now=now)
    job = queue.take_job(db, worker="one", now=now)
    assert job is not None
    queue.finish(db, job, now=now)
    assert forget_old_jobs(db, now=now + timedelta(hours=23)) == 0
    assert forget_old_jobs(db, now=now + timedelta(hours=25)) == 1


def test_drafts_older_than_a_day_are_removed(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key="k" * 64)
    old, new = (settings.work_dir / name for name in ("upload-old", "upload-new"))
    folder, in_use = (settings.work_dir / name for name in ("renditions-old", "renditions-in-use"))
    for path in (folder, in_use, settings.media_dir / "drafts"):
        path.mkdir(parents=True)
    files = [old, new, folder / "screen", in_use / "screen", settings.media_dir / "drafts" / "tmp-old"]
    for path in files:
        path.write_bytes(b"x")
    long_ago = time.time() - 25 * 3600
    for path in (old, folder / "screen", folder, in_use, files[-1]):
        os.utime(path, (long_ago, long_ago))
    assert sorted(remove_old_drafts(settings)) == ["renditions-old", "tmp-old", "upload-old"]
    assert new.exists()
    assert (in_use / "screen").exists()


def test_unused_stored_files_are_removed_when_they_are_old(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    used, named, unused, young = (store.put([name]) for name in (b"used", b"named", b"unused", b"young"))
    for digest in (used, named, unused):
        os.utime(store.path(digest), (0, 0))
    assert prune_store(store, {used}, named=lambda digests: {named} & set(digests)) == [unused]
    assert sorted(store.digests()) == sorted([used, named, young])


def test_a_file_that_is_stored_again_while_others_are_looked_for_stays(tmp_path: Path) -> None:
    store = MediaStore(tmp_path)
    digest = store.put([b"menu"])
    os.utime(store.path(digest), (0, 0))

    def upload_again(_digests: list[str]) -> set[str]:
        store.put([b"menu"])
        return set()

    assert prune_store(store, set(), named=upload_again) == []
    assert store.has(digest)
