from __future__ import annotations

from datetime import datetime

import pytest
from sqlmodel import Session, select

from server.creatives.archive import NoSuchCreative
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.creatives.ready import (
    NotFailed,
    creative_unplanned,
    fail_creative,
    note_progress,
    piece_of,
    save_renditions,
    try_again,
)
from server.creatives.render.ffmpeg import RenditionFailed
from server.creatives.render.renditions import Made, MadeFile, Piece
from server.db import Job
from server.settings import Settings
from tests.factories import make_creative, make_offer

FILE = MadeFile(RenditionRole.SCREEN, "a" * 64, "video/mp4", 7, 9000, 1920, 1080)
MADE = Made([FILE], length_ms=9000, warning="It is light.")


def piece(kind: str, original: str | None = None) -> Piece:
    return Piece(kind=kind, title="", text="", language="", length_ms=9000, original=original)


def stored_digests(db: Session) -> list[str]:
    return [row.digest for row in db.exec(select(Rendition))]


def processing(db: Session) -> Creative:
    return make_creative(db, kind="video", ready=False)


def test_a_ready_creative_is_planned(db: Session, now: datetime) -> None:
    creative = processing(db)
    save_renditions(db, creative.id, MADE, piece=piece("video"), now=now)
    db.refresh(creative)
    assert (creative.state, creative.length_ms, creative.ready_at) == (CreativeState.READY, 9000, now)
    assert (stored_digests(db), creative.warning) == ([FILE.digest], "It is light.")
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("creative_ready", creative.id)]


def test_new_renditions_replace_old_ones(db: Session, now: datetime) -> None:
    creative = make_creative(db, kind="image")
    save_renditions(db, creative.id, MADE, piece=piece("video"), now=now)
    assert stored_digests(db) == [FILE.digest]


def test_how_long_a_picture_is_shown_may_change_while_it_is_processed(db: Session, now: datetime) -> None:
    creative = make_creative(db, kind="image", ready=False, length_ms=5000)
    save_renditions(db, creative.id, MADE, piece=piece("image"), now=now)
    db.refresh(creative)
    assert creative.length_ms == 5000


def test_an_archived_creative_takes_no_renditions(db: Session, now: datetime) -> None:
    creative = make_creative(db, ready=False, state=CreativeState.ARCHIVED)
    save_renditions(db, creative.id, MADE, piece=piece("video"), now=now)
    assert stored_digests(db) == []
    assert list(db.exec(select(Job))) == []


def test_progress_is_noted_only_before_a_creative_is_ready(db: Session) -> None:
    waiting, ready = processing(db), make_creative(db)
    note_progress(db, waiting.id, 0.25)
    note_progress(db, ready.id, 0.25)
    db.refresh(waiting)
    db.refresh(ready)
    assert (waiting.progress, ready.progress) == (0.25, 1.0)


def test_a_failed_creative_says_why_and_can_be_tried_again(db: Session, now: datetime) -> None:
    creative = processing(db)
    fail_creative(db, creative.id, RenditionFailed())
    db.refresh(creative)
    assert creative.state == CreativeState.FAILED
    assert (creative.trouble, creative.remedy) == (RenditionFailed().message, RenditionFailed().remedy)
    assert try_again(db, creative.id, now=now).state == CreativeState.PROCESSING
    assert (creative.trouble, creative.remedy) == ("", "")
    with pytest.raises(NotFailed):
        try_again(db, creative.id, now=now)
    with pytest.raises(NoSuchCreative):
        try_again(db, "never", now=now)
    assert [job.kind for job in db.exec(select(Job))] == ["renditions"]


def test_a_ready_creative_keeps_its_files_when_a_new_drawing_fails(db: Session) -> None:
    creative = make_creative(db, kind="coupon")
    before = stored_digests(db)
    fail_creative(db, creative.id, RenditionFailed())
    db.refresh(creative)
    assert (creative.state, creative.trouble) == (CreativeState.READY, RenditionFailed().message)
    assert stored_digests(db) == before


def test_a_card_whose_new_drawing_failed_stays_up_while_it_is_tried_again(db: Session, now: datetime) -> None:
    creative = make_creative(db, kind="coupon")
    with pytest.raises(NotFailed):
        try_again(db, creative.id, now=now)
    fail_creative(db, creative.id, RenditionFailed())
    db.refresh(creative)
    again = try_again(db, creative.id, now=now)
    assert (again.state, again.trouble, again.remedy) == (CreativeState.READY, "", "")
    assert [(job.kind, job.subject) for job in db.exec(select(Job))] == [("draw", creative.id)]


def test_a_creative_that_is_planned_again_by_itself_cannot_be_tried_by_hand(db: Session, now: datetime) -> None:
    creative = make_creative(db)
    creative_unplanned(db, creative.id)
    db.refresh(creative)
    with pytest.raises(NotFailed):
        try_again(db, creative.id, now=now)


def test_a_coupons_link_bears_the_public_name(db: Session, settings: Settings) -> None:
    offer = make_offer(db, title="Tea free")
    coupon = make_creative(db, kind="coupon", ready=False, offer_id=offer.id)
    piece = piece_of(db, coupon.id, settings)
    assert piece is not None
    assert piece.offer is not None
    assert piece.offer.link == f"{settings.public_url}/o/{offer.id}"
    assert (piece.offer.title, piece.offer.merchant) == ("Tea free", "Noodle Bar")


def test_an_archived_or_missing_creative_needs_no_renditions(db: Session, settings: Settings) -> None:
    archived = make_creative(db, state=CreativeState.ARCHIVED)
    assert piece_of(db, archived.id, settings) is None
    assert piece_of(db, "never", settings) is None
