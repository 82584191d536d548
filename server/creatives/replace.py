"""Replace a creative's file: its bookings go on, and what was replaced is kept for the plays that showed it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, delete, select, update

from media.store import MediaStore
from server.creatives.accept import make_later, removed_unless_written, store_original, tidy_name
from server.creatives.archive import NoSuchCreative
from server.creatives.models import Creative, CreativeState, Rendition, ReplacedFile
from server.creatives.models import RenditionRole as Role
from server.db import get_or_raise
from server.errors import Conflict, Invalid
from server.settings import Settings

UPLOADED_KINDS = ("video", "image", "audio")


class NothingToReplace(Conflict):
    """This creative was not made of a file. Type a new one instead."""


class ArchivedCreative(Conflict):
    """This creative is archived. Restore it first."""


class AnotherKind(Invalid):
    """The new file is of another kind. Replace a film by a film, a picture by a picture, and sound by sound."""


def replace_file(
    db: Session,
    store: MediaStore,
    creative_id: str,
    *,
    path: Path,
    name: str,
    by: str | None,
    now: datetime,
    settings: Settings,
) -> Creative:
    """Takes the draft at `path` over. What screens show stays until the new file is processed.

    Whoever waits for the new file is the creative's renditions job; see `ready.py` for how it ends.
    """
    original = store_original(store, path, settings)
    with removed_unless_written(store, original):
        creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
        _check_replaceable(creative, original.kind)
        _remember_old(db, creative, by=by)
        values: dict[str, object] = {"original_digest": original.digest, "original_name": tidy_name(name)}
        if creative.state is not CreativeState.READY:
            values["length_ms"] = original.shown_ms(creative.length_ms)
        _write(db, creative, {**values, "original_bytes": original.bytes, "trouble": "", "remedy": ""})
    make_later(db, creative_id, creative.kind, now=now)
    db.refresh(creative)
    return creative


def _check_replaceable(creative: Creative, kind: str) -> None:
    if creative.kind not in UPLOADED_KINDS:
        raise NothingToReplace
    if creative.state is CreativeState.ARCHIVED:
        raise ArchivedCreative
    if kind != creative.kind:
        raise AnotherKind


def _remember_old(db: Session, creative: Creative, *, by: str | None) -> None:
    """Of a file that the screens show; one that is replaced before it was processed was never shown."""
    if creative.state is not CreativeState.READY or awaited_replacement(db, creative.id) is not None:
        return
    shown = {row.role: row for row in db.exec(select(Rendition).where(Rendition.creative_id == creative.id))}
    screen, thumb = shown.get(Role.SCREEN), shown.get(Role.THUMB)
    db.add(
        ReplacedFile(
            creative_id=creative.id,
            digest=creative.original_digest,
            name=creative.original_name,
            bytes=creative.original_bytes,
            length_ms=creative.length_ms,
            screen_digest=screen.digest if screen else None,
            screen_mime=screen.mime if screen else "",
            thumb_digest=thumb.digest if thumb else None,
            replaced_by=by,
        )
    )


def _write(db: Session, creative: Creative, values: dict[str, object]) -> None:
    """A creative that is shown stays ready; one that never was begins anew. Whoever archived it meanwhile is first."""
    begun = {} if creative.state is CreativeState.READY else {"state": CreativeState.PROCESSING, "progress": 0.0}
    here = (col(Creative.id) == creative.id, col(Creative.state) == creative.state)
    if db.exec(update(Creative).where(*here).values(**values, **begun)).rowcount != 1:
        raise ArchivedCreative


# --- how it ends


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
