"""The up-time of a screen: the part of its plans of the last two weeks that it played.

A goal of plays or impressions is planned with as many more plays as are expected to fail. A share of a screen's time
cannot be increased in this way.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, func, select

from server.db import from_ms
from server.planner.model.days import LocalDay, local_day
from server.plays.models import DeliveredDay, ScreenSum
from server.plays.played import AWAITED_FOR, todays
from server.plays.settle import late_counts, open_rows, settled
from server.screens.models import Player, Screen, Venue
from server.timelines.models import PlannedDay

DAYS = 14
# A screen that was dark for long still counts for half: it may be repaired today, and its plays would be sold twice.
LEAST = 0.5


def up_time(planned: int, played: int) -> float:
    """The part of planned plays that will be played; 1 where nothing was planned."""
    return min(1.0, max(LEAST, played / planned)) if planned else 1.0


def up_times(db: Session, *, now: datetime) -> dict[str, float]:
    """The up-time of each screen in use on which less was played than planned on the last days that are over."""
    found: dict[str, float] = {}
    until = settled(db)
    late = late_counts(db, until)
    for zone, today in todays(db, now):
        silent = _silent(db, local_day(zone, today), now)
        days = _Days(zone, today - timedelta(days=DAYS), until[zone], today)
        planned, played = _settled(db, days)
        planned += Counter(_open(db, PlannedDay, PlannedDay.planned, days))
        played += Counter(_open(db, DeliveredDay, DeliveredDay.plays, days))
        for count in late:
            if count.zone == zone and days.first <= count.on < today:
                played[count.screen_id] += count.plays
        found |= {id_: up_time(sum_, played[id_]) for id_, sum_ in planned.items() if id_ not in silent}
    return {id_: share for id_, share in found.items() if share < 1}


class _Days(NamedTuple):
    """The last days of a zone that are over; those up to `settled` are summed up."""

    zone: str
    first: date
    settled: date
    today: date


def _silent(db: Session, today: LocalDay | None, now: datetime) -> set[str | None]:
    """Screens whose boxes were last heard of before today, but recently: their plays will arrive later."""
    begun = from_ms(today.starts_ms) if today else now
    since = (col(Player.seen_at) < begun, col(Player.seen_at) > now - AWAITED_FOR)
    return set(db.exec(select(Player.screen_id).where(col(Player.revoked_at).is_(None), *since)))


def _settled(db: Session, days: _Days) -> tuple[Counter[str], Counter[str]]:
    """Planned and played of each screen."""
    sums = (
        select(ScreenSum.screen_id, func.sum(ScreenSum.planned), func.sum(ScreenSum.plays))
        .where(col(ScreenSum.screen_id).in_(_in_use(days.zone)))
        .where(col(ScreenSum.on) < days.today, col(ScreenSum.on) >= days.first)
        .group_by(col(ScreenSum.screen_id))
    )
    rows = [(id_, int(planned), int(played)) for id_, planned, played in db.exec(sums)]
    return Counter({id_: planned for id_, planned, _ in rows}), Counter({id_: played for id_, _, played in rows})


def _open(db: Session, table: type[PlannedDay] | type[DeliveredDay], count: Any, days: _Days) -> dict[str, int]:
    after = max(days.settled, days.first - timedelta(days=1))
    if (days.today - after).days <= 1:
        return {}
    sums = (
        select(table.screen_id, func.sum(count))
        .where(*open_rows(table, days.zone, after=after, before=days.today))
        .where(col(table.screen_id).in_(_in_use(days.zone)))
        .group_by(col(table.screen_id))
    )
    return {screen_id: int(number) for screen_id, number in db.exec(sums)}


def _in_use(zone: str) -> Any:
    here = select(Screen.id).join(Venue, col(Venue.id) == col(Screen.venue_id))
    return here.where(col(Venue.zone) == zone, col(Screen.retired_at).is_(None))
