"""Interrupts that are in force, for pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, and_, col, or_, select

from server.screens.models import Screen
from server.timelines.models import RaisedInterrupt


def interrupts_in_force(db: Session, *, now: datetime) -> list[RaisedInterrupt]:
    """Raised and neither lifted nor over; newest first."""
    in_force = or_(col(RaisedInterrupt.until_at).is_(None), col(RaisedInterrupt.until_at) > now)
    raised = select(RaisedInterrupt).where(in_force).order_by(col(RaisedInterrupt.id).desc())
    return list(db.exec(raised))


def over_all() -> Any:
    """The SQL condition of interrupts that are raised over every screen."""
    return and_(col(RaisedInterrupt.venue_id).is_(None), col(RaisedInterrupt.screen_id).is_(None))


def covers(raised: RaisedInterrupt, screen: Screen) -> bool:
    return raised.is_everywhere or raised.screen_id == screen.id or raised.venue_id == screen.venue_id
