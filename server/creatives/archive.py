"""Archive a creative, so that it is booked no more and shown no more; and restore it. Its rows and plays stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from media.store import MediaStore
from server.creatives.accept import make_later
from server.creatives.kinds import KINDS
from server.creatives.models import Creative, CreativeState, Rendition
from server.creatives.replaced import awaited_replacement
from server.db import JobKind, enqueue, get_or_raise
from server.errors import Conflict, Missing

# How long the files of an archived creative are stored.
RESTORED_WITHIN = timedelta(days=90)


class NoSuchCreative(Missing):
    """There is no such creative. It may have been archived; choose one from the list."""


class NotArchived(Conflict):
    """This creative is not archived. Look at its present state."""


class FilesGone(Conflict):
    """This creative was archived so long ago that its files are gone. Upload the file again."""


def archive_creative(db: Session, creative_id: str, *, now: datetime) -> None:
    """Timelines that use it are planned again without it."""
    get_or_raise(db, Creative, creative_id, NoSuchCreative)
    going = update(Creative).where(col(Creative.id) == creative_id, col(Creative.state) != CreativeState.ARCHIVED)
    if db.exec(going.values(state=CreativeState.ARCHIVED, archived_at=now)).rowcount != 1:
        return
    enqueue(db, JobKind.CREATIVE_READY, creative_id, now=now)
    enqueue(db, JobKind.OFF_AIR, now=now)


def restore_creative(db: Session, store: MediaStore, creative_id: str, *, now: datetime) -> Creative:
    """As it was before, at once if its renditions are still there.

    Renditions are made anew if they are missing, if the creative is a card, whose words may have changed while it was
    archived, or if it was archived before the file that was to replace its own was processed.
    """
    creative = get_or_raise(db, Creative, creative_id, NoSuchCreative)
    digests = list(db.exec(select(Rendition.digest).where(Rendition.creative_id == creative_id)))
    made = bool(digests) and all(map(store.has, digests))
    lost = creative.original_digest is not None and not store.has(creative.original_digest)
    if not made and lost:
        raise FilesGone
    state = CreativeState.READY if made else CreativeState.PROCESSING
    alive = {"state": state, "progress": 1.0 if made else 0.0, "archived_at": None, "off_air_at": None}
    restored = {**alive, "trouble": "", "remedy": ""}
    archived = (col(Creative.id) == creative_id, col(Creative.state) == CreativeState.ARCHIVED)
    if db.exec(update(Creative).where(*archived).values(**restored)).rowcount != 1:
        raise NotArchived
    if made:
        enqueue(db, JobKind.CREATIVE_READY, creative_id, now=now)
    if not made or _is_outdated(db, creative, lost=lost):
        make_later(db, creative_id, creative.kind, now=now)
    db.refresh(creative)
    return creative


def _is_outdated(db: Session, creative: Creative, *, lost: bool) -> bool:
    """The renditions may not show what the creative is now. lost: a card whose picture is gone cannot be drawn anew"""
    return awaited_replacement(db, creative.id) is not None or (KINDS[creative.kind].is_card and not lost)
