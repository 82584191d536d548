"""Counts of arriving plays, for pages."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select

from media.item_ids import CREATIVE_CHARS, creative_of
from server.creatives.models import Creative
from server.db import to_ms
from server.plays.models import PlayRow
from server.screens.models import Player


def plays_since(db: Session, since: datetime) -> int:
    """How many showings ran to their end since then, on all screens; plays that do not count are left out."""
    ran = (PlayRow.began_ms >= to_ms(since), PlayRow.result == "played", col(PlayRow.uncounted).is_(None))
    return db.exec(select(func.count()).select_from(PlayRow).where(*ran)).one()


def a_notice_was_seen(db: Session) -> bool:
    """Has some screen shown a notice? A play reports it, or a player's status says that it shows one now."""
    notices = set(db.exec(select(Creative.id).where(Creative.kind == "notice")))
    showing = {creative_of(str(status.get("showing") or "")) for status in db.exec(select(Player.status))}
    if notices & showing:
        return True
    played = select(PlayRow.id).where(func.substr(col(PlayRow.item), 1, CREATIVE_CHARS).in_(notices)).limit(1)
    return db.exec(played).first() is not None
