"""Archive a creative: it is booked no more and shown no more; its rows and plays stay."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, update

from server.creatives.models import Creative, CreativeState
from server.db import enqueue, get_or_raise
from server.errors import Missing


class NoSuchCreative(Missing):
    """There is no such creative. It may have been archived; choose one from the list."""


def archive_creative(db: Session, creative_id: str, *, now: datetime) -> None:
    """Timelines that use it are planned again without it."""
    get_or_raise(db, Creative, creative_id, NoSuchCreative)
    going = update(Creative).where(col(Creative.id) == creative_id, col(Creative.state) != CreativeState.ARCHIVED)
    if db.exec(going.values(state=CreativeState.ARCHIVED)).rowcount != 1:
        return
    enqueue(db, "creative_ready", creative_id, now=now)
