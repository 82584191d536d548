from __future__ import annotations

import os
import time
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from media.store import MediaStore
from server.creatives.models import CreativeState, Rendition, RenditionRole
from server.db import Job, enqueue, reading, transaction, utc_now
from server.jobs.handlers import Handler
from server.jobs.reclaim_space import SpaceReclaimer
from server.jobs.worker import Worker, do, take, turn
from server.runtime.disk import DiskFull, DiskSpace
from server.screens.models import Player
from server.settings import Settings
from tests.factories import jpeg_bytes, make_creative, make_player, make_screen

SHORT, ENOUGH = DiskSpace(free=5 << 30, total=100 << 30), DiskSpace(free=50 << 30, total=100 << 30)


def old(path: Path) -> Path:
    two_hours_ago = time.time() - 7200
    os.utime(path, (two_hours_ago, two_hours_ago))
    return path


@pytest.fixture
def store_of_everything(settings: Settings, engine: Engine, store: MediaStore) -> dict[str, str]:
    """A file of each sort, two hours old: what nobody uses, an archived creative's, a player's picture, and a film."""
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    with transaction(engine) as db:
        unused, picture, original = (store.put([jpeg_bytes(name)]) for name in ("unused", "picture", "original"))
        shown = make_creative(db, store)
        then = utc_now() - timedelta(hours=2)
        archived = make_creative(
            db, state=CreativeState.ARCHIVED, archived_at=then, off_air_at=then, original_digest=original
        )
        made = store.put([b"of the archived"])
        for row in db.exec(select(Rendition).where(Rendition.creative_id == archived.id)):
            row.digest = made
        make_player(db, screen=make_screen(db), picture_digest=picture, picture_at=then)
        of_shown = (Rendition.creative_id == shown.id, Rendition.role == RenditionRole.SCREEN)
        files = {"unused": unused, "archived": made, "picture": picture, "original": original}
        files["shown"] = db.exec(select(Rendition.digest).where(*of_shown)).one()
    for digest in store.digests():
        old(store.path(digest))
    draft = settings.work_dir / "upload-given-up"
    draft.write_bytes(b"half")
    old(draft)
    return files


def left(settings: Settings, store: MediaStore, files: dict[str, str]) -> set[str]:
    drafts = {"draft"} if any(settings.work_dir.iterdir()) else set()
    return drafts | {name for name, digest in files.items() if store.has(digest)}


@pytest.mark.parametrize(
    ("looks", "remaining"),
    [
        ([ENOUGH], {"draft", "unused", "archived", "picture", "original", "shown"}),
        ([SHORT, ENOUGH], {"unused", "archived", "picture", "original", "shown"}),
        ([SHORT, SHORT, ENOUGH], {"archived", "picture", "original", "shown"}),
        ([SHORT], {"original", "shown"}),
    ],
)
def test_a_nearly_full_disk_loses_the_least_useful_files_first(
    settings: Settings,
    engine: Engine,
    store: MediaStore,
    store_of_everything: dict[str, str],
    looks: list[DiskSpace],
    remaining: set[str],
) -> None:
    spaces = chain(looks, repeat(looks[-1]))
    SpaceReclaimer(settings, engine, store, free_space=lambda: next(spaces)).check()
    assert left(settings, store, store_of_everything) == remaining
    with reading(engine) as db:
        assert (db.exec(select(Player.picture_digest)).one() is None) is ("picture" not in remaining)


def test_the_disk_is_checked_once_a_minute_and_a_short_one_is_logged(
    settings: Settings, engine: Engine, store: MediaStore, caplog: pytest.LogCaptureFixture
) -> None:
    settings.work_dir.mkdir(parents=True, exist_ok=True)
    looks: list[DiskSpace] = []

    def free_space() -> DiskSpace:
        looks.append(SHORT)
        return SHORT

    reclaimer = SpaceReclaimer(settings, engine, store, free_space=free_space)
    reclaimer.check()
    seen = len(looks)
    reclaimer.check()
    assert len(looks) == seen
    assert [record.getMessage() for record in caplog.records] == ["disk is nearly full free_mb=5120 share=0.050"]


def test_reclaiming_takes_a_twentieth_of_the_time_at_most(
    settings: Settings, engine: Engine, store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large network's timelines are read for minutes; a disk may stay short for weeks."""
    now_s, made = 1000.0, []

    def reclaim() -> None:
        nonlocal now_s
        made.append(now_s)
        now_s += 300

    reclaimer = SpaceReclaimer(settings, engine, store, free_space=lambda: SHORT, clock=lambda: now_s)
    monkeypatch.setattr(reclaimer, "reclaim", reclaim)
    while now_s < 15_000:
        reclaimer.check()
        now_s += 60
    assert len(made) == 3


def test_on_a_full_disk_no_job_is_begun_and_none_is_lost(
    here: Worker, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with transaction(engine) as db:
        enqueue(db, "off_air", now=utc_now())
    here.stop.set()  # waits for nothing
    monkeypatch.setattr("server.jobs.reclaim_space.disk_space_of", lambda _folder: DiskSpace(1 << 20, 100 << 30))
    assert not turn(here)
    with reading(engine) as db:
        job = db.exec(select(Job)).one()
    assert (job.state, job.attempts) == ("waiting", 0)


@pytest.mark.parametrize("space", [SHORT, ENOUGH])
def test_an_attempt_without_disk_space_does_not_count_while_the_disk_is_short(
    here: Worker, engine: Engine, monkeypatch: pytest.MonkeyPatch, space: DiskSpace
) -> None:
    """A job that is too large for what is free ends; one that others left no room waits."""
    monkeypatch.setattr("server.jobs.worker.disk_space_of", lambda _folder: space)

    def full(_work: object) -> None:
        raise OSError(28, "No space left on device")

    with transaction(engine) as db:
        enqueue(db, "plan", "venue", now=utc_now())
    job = take(here)
    assert job is not None
    assert isinstance(do(here, job, Handler(full)), DiskFull)
    with reading(engine) as db:
        after = db.exec(select(Job)).one()
    assert (after.state, after.attempts) == ("waiting", 0 if space.is_short else 1)
