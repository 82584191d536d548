"""Replaced files: the one that screens show until the new one is processed, and those of the past."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, delete, select, update

from server.creatives.models import Creative, ReplacedFile


def awaited_replacement(db: Session, creative_id: str) -> ReplacedFile | None:
    """The file that the screens still show while another is processed."""
    waiting = (ReplacedFile.creative_id == creative_id, col(ReplacedFile.until_at).is_(None))
    return db.exec(select(ReplacedFile).where(*waiting)).first()


def end_replacement(db: Session, creative_id: str, *, now: datetime) -> None:
    """The new file is processed: from now on it is planned."""
    waiting = (col(ReplacedFile.creative_id) == creative_id, col(ReplacedFile.until_at).is_(None))
    db.exec(update(ReplacedFile).where(*waiting).values(until_at=now))


def undo_replacement(db: Session, creative_id: str) -> None:
    """The new file cannot be shown: the creative is again made of the one that the screens show."""
    old = awaited_replacement(db, creative_id)
    if old is None:
        return
    values = {"original_digest": old.digest, "original_name": old.name, "original_bytes": old.bytes}
    db.exec(update(Creative).where(col(Creative.id) == creative_id).values(**values))
    db.exec(delete(ReplacedFile).where(col(ReplacedFile.id) == old.id))


def replaced_files(db: Session, creative_id: str) -> list[ReplacedFile]:
    """Files that were shown once, the last one first."""
    over = (ReplacedFile.creative_id == creative_id, col(ReplacedFile.until_at).is_not(None))
    return list(db.exec(select(ReplacedFile).where(*over).order_by(col(ReplacedFile.until_at).desc())))
