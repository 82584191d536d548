"""What pages say about plays as they come in."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, func, select

from server.creatives.models import Creative
from server.db import to_ms
from server.plays.models import PlayRow
from server.screens.models import Player


def plays_since(db: Session, since: datetime) -> int:
    """How many showings ran to their end since then, on all screens; none that was reported and does not count."""
    ran = (PlayRow.began_ms >= to_ms(since), PlayRow.result == "played", col(PlayRow.uncounted).is_(None))
    return db.exec(select(func.count()).select_from(PlayRow).where(*ran)).one()


def a_notice_was_seen(db: Session) -> bool:
    """Whether some screen has shown a notice: a play tells of it, or a player says that it shows one now."""
    notices = set(db.exec(select(Creative.id).where(Creative.kind == "notice")))
    showing = {str(status.get("showing") or "")[:26] for status in db.exec(select(Player.status))}
    if notices & showing:
        return True
    played = select(PlayRow.id).where(func.substr(col(PlayRow.item), 1, 26).in_(notices)).limit(1)
    return db.exec(played).first() is not None
