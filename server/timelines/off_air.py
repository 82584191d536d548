"""Take files off the air: those of archived creatives, and former renditions, are no longer public when the last
timeline that names them is deleted."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Text, cast
from sqlmodel import Session, col, delete, select, update

from server.creatives.models import Creative, CreativeState, FormerRendition
from server.timelines.models import PublishedTimeline

PAGE = 200  # manifests, some megabytes
IDS_AT_ONCE = 1000
ID_OR_DIGEST = re.compile("[0-9A-Za-z]{26,64}")


@dataclass(frozen=True)
class Unnamed:
    """Ids of archived creatives, and of former renditions, that no stored timeline names."""

    creatives: list[str]
    former: list[str]
    as_of: datetime


def find_unnamed(db: Session, *, now: datetime, page_read: Callable[[], None] = lambda: None) -> Unnamed:
    """Read every stored timeline. It takes minutes on a large network, so it must not run in a write transaction.

    Versions are stored for two days and while a player may hold them (`retention.py`), so players and phones that are
    behind can fetch what they show.
    """
    creatives = list(db.exec(select(Creative.id).where(*_waiting(now))))
    former = list(db.exec(select(FormerRendition.id, FormerRendition.digest)))
    unnamed = _unnamed(db, {*creatives, *(digest for _, digest in former)}, page_read)
    return Unnamed(
        [id_ for id_ in creatives if id_ in unnamed], [id_ for id_, digest in former if digest in unnamed], now
    )


def take_off_air(db: Session, unnamed: Unnamed, *, now: datetime) -> list[str]:
    """Mark the creatives that are still archived, and were before the timelines were read; returns their ids."""
    ended: list[str] = []
    for part in _parts(unnamed.creatives):
        still = (col(Creative.id).in_(part), *_waiting(unnamed.as_of))
        ended += db.exec(update(Creative).where(*still).values(off_air_at=now).returning(col(Creative.id))).scalars()
    return ended


def forget_former_renditions(db: Session, unnamed: Unnamed) -> None:
    for part in _parts(unnamed.former):
        db.exec(delete(FormerRendition).where(col(FormerRendition.id).in_(part)))


def _parts(ids: list[str]) -> Iterator[list[str]]:
    """Batches of ids: databases limit the values of a statement, and all cards of a network may be replaced at once."""
    return (ids[first : first + IDS_AT_ONCE] for first in range(0, len(ids), IDS_AT_ONCE))


def _waiting(now: datetime) -> tuple[Any, ...]:
    archived = col(Creative.state) == CreativeState.ARCHIVED
    return archived, col(Creative.archived_at) <= now, col(Creative.off_air_at).is_(None)


def _unnamed(db: Session, words: Collection[str], page_read: Callable[[], None]) -> set[str]:
    """The ids and digests that occur in no manifest. Neither can occur in a manifest with another meaning."""
    left = set(words)
    for page in _pages(db) if left else ():
        for manifest in page:
            left.difference_update(ID_OR_DIGEST.findall(manifest))
        if not left:
            break
        page_read()
    return left


def _pages(db: Session) -> Iterator[list[str]]:
    """The manifests as text, oldest first: old ones name what was archived recently, so few pages have to be read."""
    last = ""
    while True:
        some = select(PublishedTimeline.id, cast(col(PublishedTimeline.manifest), Text))
        rows = db.exec(
            some.where(col(PublishedTimeline.id) > last).order_by(col(PublishedTimeline.id)).limit(PAGE)
        ).all()
        if not rows:
            return
        yield [manifest for _, manifest in rows]
        last = rows[-1][0]
