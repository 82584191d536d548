"""How sure a screen is to play what is planned on it: by what it played of the plans of its last two weeks.

A goal of plays or impressions is planned with so many more as will fail. A share of a screen's time cannot be: there is
no more of it to give.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from server.db import from_ms
from server.planner.days import LocalDay, local_day
from server.plays.models import DeliveredDay
from server.plays.played import AWAITED_FOR, todays
from server.screens.models import Player, Screen, Venue
from server.timelines.models import PlannedDay

DAYS = 14
# A screen that was dark for long is counted on for half: more would sell others' time to what may be mended today.
LEAST = 0.5


def up_time(planned: int, played: int) -> float:
    """The part of planned plays that will be played; all of them where nothing is known."""
    return min(1.0, max(LEAST, played / planned)) if planned else 1.0


def up_times(db: Session, *, now: datetime) -> dict[str, float]:
    """Of each screen in use on which less was played than planned on the last days that are over."""
    found: dict[str, float] = {}
    for zone, today in todays(db, now):
        silent = _silent(db, local_day(zone, today), now)
        planned = _by_screen(db, PlannedDay, PlannedDay.planned, zone, today)
        played = _by_screen(db, DeliveredDay, DeliveredDay.plays, zone, today)
        found |= {id_: up_time(sum_, played.get(id_, 0)) for id_, sum_ in planned.items() if id_ not in silent}
    return {id_: share for id_, share in found.items() if share < 1}


def _silent(db: Session, today: LocalDay | None, now: datetime) -> set[str | None]:
    """Screens whose boxes were not heard of since yesterday, but lately: what they played comes later."""
    begun = from_ms(today.starts_ms) if today else now
    since = (col(Player.seen_at) < begun, col(Player.seen_at) > now - AWAITED_FOR)
    return set(db.exec(select(Player.screen_id).where(col(Player.revoked_at).is_(None), *since)))


def _by_screen(
    db: Session, table: type[PlannedDay] | type[DeliveredDay], count: Any, zone: str, today: date
) -> dict[str, int]:
    sums = (
        select(table.screen_id, func.sum(count))
        .join(Screen, col(Screen.id) == col(table.screen_id))
        .join(Venue, col(Venue.id) == col(Screen.venue_id))
        .where(col(Venue.zone) == zone, col(Screen.retired_at).is_(None))
        .where(col(table.on) < today, col(table.on) >= today - timedelta(days=DAYS))
        .group_by(col(table.screen_id))
    )
    return {screen_id: int(number) for screen_id, number in db.exec(sums)}
