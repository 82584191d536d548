from __future__ import annotations

import errno
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import gevent
import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from media.store import MediaStore
from server.creatives.accept import (
    Original,
    RefusedMedia,
    removed_unless_written,
    store_original,
    tidy_name,
    title_from,
)
from server.creatives.models import Creative, CreativeState
from server.creatives.uploads.accept_file import add_file, stored_file
from server.db import Job, OutboxRow
from server.runtime.disk import DiskFull
from server.settings import Settings
from tests.factories import make_venue
from tests.rig.files.samples import sample
from tests.server.creatives.probe.test_probe import BAD


@pytest.fixture
def accept(db: Session, store: MediaStore, settings: Settings, now: datetime, tmp_path: Path) -> Any:
    """Accept a copy of a sample, as the media process would."""

    def call(sample_name: str, **more: Any) -> Creative:
        draft = Path(shutil.copy(sample(sample_name), tmp_path / "draft"))
        defaults = {"name": sample_name, "title": "", "advertiser_id": None, "venue_id": None, "by": None}
        with stored_file(store, draft, more.pop("settings", settings)) as originals:
            return add_file(db, originals, now=now, **{**defaults, **more})[0]

    return call


def nothing_is_left(db: Session, store: MediaStore, tmp_path: Path) -> bool:
    rows = [*db.exec(select(Creative)), *db.exec(select(Job)), *db.exec(select(OutboxRow))]
    return not rows and not list(store.digests()) and not (tmp_path / "draft").exists()


def test_an_upload_becomes_a_creative_and_a_job(db: Session, store: MediaStore, accept: Any, tmp_path: Path) -> None:
    creative = accept("film.mp4", name="C:\\films\\Spring_sale.mp4", by="person")
    assert (creative.kind, creative.title, creative.state) == ("video", "Spring sale", CreativeState.PROCESSING)
    assert (creative.original_name, creative.length_ms, creative.created_by) == ("Spring_sale.mp4", 2000, "person")
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("renditions", creative.id)]
    assert store.verify(creative.original_digest)
    assert not (tmp_path / "draft").exists()


def test_a_picture_is_shown_ten_seconds_by_default(accept: Any) -> None:
    assert accept("rotated.jpg").length_ms == 10_000


@pytest.mark.parametrize("name", ["ball.gif", "ball.webp"])
def test_an_animated_picture_is_shown_as_long_as_a_still(accept: Any, name: str) -> None:
    creative = accept(name)
    assert (creative.kind, creative.length_ms) == ("video", 10_000)


@pytest.mark.parametrize(("name", "code"), BAD.items())
def test_a_bad_file_leaves_no_row_and_no_file(
    db: Session, store: MediaStore, accept: Any, tmp_path: Path, name: str, code: str
) -> None:
    with pytest.raises(RefusedMedia) as refused:
        accept(name)
    assert refused.value.code == code
    assert refused.value.remedy
    assert nothing_is_left(db, store, tmp_path)


def test_a_file_over_the_limit_leaves_no_row_and_no_file(
    db: Session, store: MediaStore, accept: Any, tmp_path: Path, settings: Settings
) -> None:
    with pytest.raises(RefusedMedia) as refused:
        accept("tone.wav", settings=settings.model_copy(update={"upload_limit_mb": 0}))
    assert (refused.value.code, refused.value.status) == ("too_large", 413)
    assert nothing_is_left(db, store, tmp_path)


def test_a_full_disk_is_reported_and_leaves_no_row_and_no_file(
    db: Session, store: MediaStore, accept: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("media.store.os.replace", full)
    with pytest.raises(DiskFull) as refused:
        accept("film.mp4")
    assert refused.value.status == 507
    monkeypatch.undo()
    assert nothing_is_left(db, store, tmp_path)


def test_an_owner_who_is_gone_leaves_no_file(db: Session, store: MediaStore, accept: Any, tmp_path: Path) -> None:
    with db.begin_nested(), pytest.raises(IntegrityError):
        accept("film.mp4", venue_id="nowhere")
    assert nothing_is_left(db, store, tmp_path)


def test_a_refusal_does_not_take_the_same_bytes_from_a_creative_that_has_them(
    db: Session, store: MediaStore, accept: Any
) -> None:
    creative = accept("film.mp4", venue_id=make_venue(db).id)
    with db.begin_nested(), pytest.raises(IntegrityError):
        accept("film.mp4", venue_id="nowhere")
    assert store.verify(creative.original_digest)


def test_names_are_shown_without_folders_and_tricks() -> None:
    assert tidy_name("../../etc/a\x00b\u202e4pm.exe") == "ab4pm.exe"
    assert title_from("夏季_大促.mp4") == "夏季 大促"
    assert title_from("") == "Untitled"
    assert len(title_from("x" * 500 + ".mp4")) == 120


@pytest.mark.parametrize("fails", ["first", "second"])
def test_an_upload_that_is_not_written_takes_no_file_from_one_of_the_same_bytes(
    store: MediaStore, settings: Settings, tmp_path: Path, fails: str
) -> None:
    def stored(name: str) -> Original:
        draft = tmp_path / name
        draft.write_bytes(sample("rotated.jpg").read_bytes())
        return store_original(store, draft, settings)

    first, second = stored("first"), stored("second")
    failing = first if fails == "first" else second
    with pytest.raises(KeyError), removed_unless_written(store, failing):
        raise KeyError
    assert store.has(first.digest)


@pytest.mark.parametrize("failure", [KeyError, gevent.GreenletExit])
def test_an_upload_that_is_not_written_leaves_no_file(
    store: MediaStore, settings: Settings, tmp_path: Path, failure: type[BaseException]
) -> None:
    draft = tmp_path / "draft"
    draft.write_bytes(sample("rotated.jpg").read_bytes())
    original = store_original(store, draft, settings)
    with pytest.raises(failure), removed_unless_written(store, original):
        raise failure
    assert not store.has(original.digest)
