"""Files stop being public when the last timeline that names them is gone: of archived creatives, and former ones."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, cast
from sqlmodel import Session, col, delete, select, update

from server.creatives.models import Creative, CreativeState, FormerRendition
from server.timelines.models import PublishedTimeline


def take_off_air(db: Session, *, now: datetime) -> list[str]:
    """Mark archived creatives that no kept timeline names; returns their ids.

    Versions are kept while a player holds them and for two days (keep.py), so players and phones that are behind can
    fetch what they show.
    """
    archived = (col(Creative.state) == CreativeState.ARCHIVED, col(Creative.off_air_at).is_(None))
    waiting = list(db.exec(select(Creative.id).where(*archived)))
    ended = [id_ for id_ in waiting if not _is_named(db, id_)]
    if ended:
        db.exec(update(Creative).where(col(Creative.id).in_(ended), *archived).values(off_air_at=now))
    return ended


def forget_former_renditions(db: Session) -> int:
    """Drop the rows of files that newer renditions replaced and no kept timeline names."""
    former = list(db.exec(select(FormerRendition.id, FormerRendition.digest)))
    over = [id_ for id_, digest in former if not _is_named(db, digest)]
    if over:
        db.exec(delete(FormerRendition).where(col(FormerRendition.id).in_(over)))
    return len(over)


def _is_named(db: Session, word: str) -> bool:
    """Does a manifest hold this creative's id or this digest? Neither can occur in it as anything else."""
    holding = cast(col(PublishedTimeline.manifest), Text).contains(word)
    return db.exec(select(PublishedTimeline.id).where(holding).limit(1)).first() is not None
