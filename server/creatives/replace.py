"""Replace a creative's file: its bookings go on, and the old file is stored for the plays that showed it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select, update

from media.store import MediaStore
from server.creatives.accept import Original, StoredFile, make_later, stands_ms_after, tidy_name
from server.creatives.archive import NoSuchCreative
from server.creatives.games import is_custom_game
from server.creatives.kinds import KINDS
from server.creatives.models import Creative, CreativeState, Rendition, ReplacedFile
from server.creatives.models import RenditionRole as Role
from server.creatives.replaced import awaited_replacement
from server.creatives.titles import phone_title
from server.db import get_or_raise
from server.errors import Conflict, Invalid


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
    original: Original,
    *,
    name: str,
    by: str | None,
    now: datetime,
) -> Creative:
    """Replace it by a file that is in the store already. Screens show the old one until the new one is processed.

    The creative's renditions job ends the replacement; see `ready.py`.
    """
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    if not KINDS[creative.kind].is_uploaded:
        raise NothingToReplace
    _refuse_archived(creative)
    if original.kind != creative.kind:
        raise AnotherKind
    values: dict[str, object] = {}
    if phone_title(creative) != creative.title:  # it was taken from the old file's name, and stays
        values["phone_title"] = phone_title(creative)
    if creative.state is not CreativeState.READY:
        stands_ms = creative.length_ms
        if creative.kind == "video":
            stands_ms = stands_ms_after(store, creative.original_digest, stands_ms)
        values["length_ms"] = original.shown_ms(stands_ms)
    return _replace(db, creative, original, values, name=name, by=by, now=now)


def replace_game(
    db: Session, creative_id: str, zipped: StoredFile, *, name: str, by: str | None, now: datetime
) -> Creative:
    """Replace the zip of a custom game by one in the store that was checked. All that was set up with it stays."""
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    if not is_custom_game(creative):
        raise NothingToReplace
    _refuse_archived(creative)
    return _replace(db, creative, zipped, {}, name=name, by=by, now=now)


def _refuse_archived(creative: Creative) -> None:
    if creative.state is CreativeState.ARCHIVED:
        raise ArchivedCreative


def _replace(
    db: Session,
    creative: Creative,
    file: StoredFile,
    values: dict[str, object],
    *,
    name: str,
    by: str | None,
    now: datetime,
) -> Creative:
    _record_old(db, creative, by=by)
    of_file = {"original_digest": file.digest, "original_name": tidy_name(name), "original_bytes": file.bytes}
    _write(db, creative, {**values, **of_file, "trouble": "", "remedy": ""})
    make_later(db, creative.id, creative.kind, now=now)
    db.refresh(creative)
    return creative


def _record_old(db: Session, creative: Creative, *, by: str | None) -> None:
    """Record the file that screens show; a file that is replaced before it was processed was never shown."""
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
    """A creative that is shown stays ready; one that never was begins anew. Raises ArchivedCreative if it was archived
    meanwhile."""
    begun = {} if creative.state is CreativeState.READY else {"state": CreativeState.PROCESSING, "progress": 0.0}
    here = (col(Creative.id) == creative.id, col(Creative.state) == creative.state)
    if db.exec(update(Creative).where(*here).values(**values, **begun)).rowcount != 1:
        raise ArchivedCreative
