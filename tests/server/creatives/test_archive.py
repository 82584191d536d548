from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session, select

from media.store import MediaStore
from server.creatives.archive import FilesGone, NoSuchCreative, NotArchived, archive_creative, restore_creative
from server.creatives.kinds import KINDS
from server.creatives.models import BUILDING, EMERGENCY, CreativeState
from server.db import Job
from tests.factories import make_creative


def jobs(db: Session) -> list[str]:
    return [job.kind for job in db.exec(select(Job))]


def test_an_archived_creative_is_restored_as_it_was(db: Session, store: MediaStore, now: datetime) -> None:
    picture = make_creative(db, store)
    archive_creative(db, picture.id, now=now)
    restored = restore_creative(db, store, picture.id, now=now)
    assert (restored.state, restored.archived_at) == (CreativeState.READY, None)
    assert sorted(jobs(db)) == ["creative_ready", "off_air"]
    with pytest.raises(NotArchived):
        restore_creative(db, store, picture.id, now=now)


@pytest.mark.parametrize("kind", ["audio", "notice", "coupon", EMERGENCY, BUILDING])
def test_a_restored_card_is_drawn_anew_as_its_words_may_have_changed(
    db: Session, store: MediaStore, now: datetime, kind: str
) -> None:
    card = make_creative(db, store, kind=kind, text="Fire drill", state=CreativeState.ARCHIVED)
    assert restore_creative(db, store, card.id, now=now).state is CreativeState.READY
    assert sorted(jobs(db)) == sorted(["creative_ready", KINDS[kind].job])


@pytest.mark.parametrize("kind", ["audio", "coupon"])
def test_a_restored_card_whose_original_is_gone_stays_as_it_is(
    db: Session, store: MediaStore, now: datetime, kind: str
) -> None:
    card = make_creative(db, store, kind=kind, original_digest="a" * 64, state=CreativeState.ARCHIVED)
    assert restore_creative(db, store, card.id, now=now).state is CreativeState.READY
    assert jobs(db) == ["creative_ready"]


def test_missing_renditions_of_a_restored_creative_are_made_again(
    db: Session, store: MediaStore, now: datetime
) -> None:
    original = store.put([b"original"])
    film = make_creative(db, kind="video", original_digest=original, state=CreativeState.ARCHIVED)
    assert restore_creative(db, store, film.id, now=now).state == CreativeState.PROCESSING
    assert jobs(db) == ["renditions"]


def test_a_creative_whose_files_are_gone_is_not_restored(db: Session, store: MediaStore, now: datetime) -> None:
    film = make_creative(db, kind="video", original_digest="a" * 64, state=CreativeState.ARCHIVED)
    with pytest.raises(FilesGone):
        restore_creative(db, store, film.id, now=now)


def test_an_archived_creative_leaves_the_timelines_once(db: Session, now: datetime) -> None:
    creative = make_creative(db)
    archive_creative(db, creative.id, now=now)
    archive_creative(db, creative.id, now=now)
    assert creative.state == CreativeState.ARCHIVED
    queued = [(job.kind, job.subject) for job in db.exec(select(Job))]
    assert queued == [("creative_ready", creative.id), ("off_air", "")]


def test_an_unknown_creative_cannot_be_archived(db: Session, now: datetime) -> None:
    with pytest.raises(NoSuchCreative):
        archive_creative(db, "never", now=now)
