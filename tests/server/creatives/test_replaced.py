"""A replaced file: shown until the new one is processed, then a file of the past, or taken back."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from server.creatives.models import Creative, ReplacedFile
from server.creatives.replaced import awaited_replacement, end_replacement, replaced_files, undo_replacement
from tests.factories import NOON, make_creative, saved


def replace(db: Session, creative: Creative, name: str, **more: object) -> ReplacedFile:
    file = ReplacedFile(creative_id=creative.id, name=name, bytes=7, length_ms=9000, digest=name[0] * 64, **more)
    return saved(db, file)


def test_a_replacement_is_awaited_until_the_new_file_is_processed(db: Session) -> None:
    creative, other = make_creative(db), make_creative(db)
    first, theirs = replace(db, creative, "first.png"), replace(db, other, "theirs.png")
    assert awaited_replacement(db, creative.id) == first
    end_replacement(db, creative.id, now=NOON)
    assert awaited_replacement(db, creative.id) is None
    assert replaced_files(db, creative.id) == [first]
    assert awaited_replacement(db, other.id) == theirs
    assert replaced_files(db, other.id) == []


def test_the_end_of_a_replacement_leaves_earlier_files_as_they_were(db: Session) -> None:
    creative = make_creative(db)
    before = replace(db, creative, "before.png", until_at=NOON - timedelta(days=3))
    last = replace(db, creative, "last.png")
    end_replacement(db, creative.id, now=NOON)
    assert [(file.name, file.until_at) for file in replaced_files(db, creative.id)] == [
        (last.name, NOON),
        (before.name, NOON - timedelta(days=3)),
    ]


def test_an_undone_replacement_gives_the_creative_its_old_file(db: Session) -> None:
    creative = make_creative(db, original_name="new.png", original_digest="n" * 64, original_bytes=1)
    past = replace(db, creative, "past.png", until_at=NOON - timedelta(days=3))
    replace(db, creative, "shown.png")
    undo_replacement(db, creative.id)
    db.refresh(creative)
    assert (creative.original_name, creative.original_digest, creative.original_bytes) == ("shown.png", "s" * 64, 7)
    assert awaited_replacement(db, creative.id) is None
    assert replaced_files(db, creative.id) == [past]


def test_without_a_replacement_there_is_nothing_to_undo(db: Session) -> None:
    creative = make_creative(db, original_name="only.png")
    replace(db, creative, "past.png", until_at=NOON)
    undo_replacement(db, creative.id)
    db.refresh(creative)
    assert creative.original_name == "only.png"
