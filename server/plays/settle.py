"""Days that are over, summed up once: what is planned next starts from sums, not from every screen's rows.

A day is settled when its last plays and plans are surely written. What comes later of it is noted in the transaction
that takes it in (`LateCount`), and added at the next look. So a sum is, at every moment: what is settled, what came
late, and the rows of the day that is over but not settled yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlmodel import Session, col, delete, exists, false, func, insert, or_, select, update

from server.db import insert_once, new_id, on_postgres, reading, to_ms, transaction
from server.errors import Conflict
from server.planner.model.days import date_at
from server.plays.models import CampaignSum, DeliveredDay, LateCount, ScreenSum, SettledZone
from server.screens.models import Screen, Venue
from server.timelines.models import PlannedDay

logger = logging.getLogger(__name__)

# Whoever wrote plays or a plan by the clock of the day before has committed by now.
SETTLED_AFTER = timedelta(minutes=10)
SCREENS_KEPT = timedelta(days=16)
LATE_AT_ONCE = 2000
CAMPAIGN_KEY, SCREEN_KEY = ("campaign_id", "zone", "on"), ("screen_id", "on")
NOTHING = date.min

Row = dict[str, Any]
Names = tuple[str, ...]


class SettledMeanwhile(Conflict):
    """Another process summed this day up at the same moment. Nothing needs to be done."""


@dataclass(frozen=True)
class DaySums:
    """A zone's day: its rows, and what came late that is among them already."""

    campaigns: list[Row]
    screens: list[Row]
    late: list[str]


def settle(
    engine: Engine,
    *,
    now: datetime,
    going_on: Callable[[], None] = lambda: None,
    fence: Callable[[Session], None] = lambda db: None,
) -> None:
    """Sum up every day that is over, then add what came late of those before.

    going_on: called before each step, for at first all days that ever were are summed up; what is done stays done
    fence: called in each transaction that writes; raises when this work is another's by now
    """
    with reading(engine) as db:
        due = {zone: list(_days_due(db, zone, until, now)) for zone, until in settled(db).items()}
    for zone, days in due.items():
        for on in days:
            going_on()
            with reading(engine, at_one_moment=True) as db:
                sums = _sums_of(db, zone, on)
            with transaction(engine) as db:
                fence(db)
                _keep(db, zone, on, sums)
            logger.info("day settled zone=%s on=%s campaigns=%d", zone, on, len(sums.campaigns))
    while _add_late(engine, fence):
        going_on()
    with transaction(engine) as db:
        fence(db)
        db.exec(delete(ScreenSum).where(col(ScreenSum.on) < (now - SCREENS_KEPT).date()))


def settled(db: Session) -> dict[str, date]:
    """Until which day each zone is settled. A new one is as far as the others: its screens were theirs, or are new."""
    known = {row.id: row.until_on for row in db.exec(select(SettledZone))}
    least = min(known.values(), default=NOTHING)
    zones = db.exec(select(Venue.zone).distinct())
    return {zone: known.get(zone, least) for zone in sorted({*known, *zones})}


def open_rows(table: type[PlannedDay] | type[DeliveredDay], zone: str, *, after: date, before: date) -> tuple[Any, ...]:
    """Conditions of a zone's rows that no sum has yet; `after`: until when it is settled."""
    here = select(Screen.id).join(Venue, col(Venue.id) == col(Screen.venue_id)).where(col(Venue.zone) == zone)
    # A venue whose zone was changed brought its sums with it.
    summed = exists().where(col(ScreenSum.screen_id) == col(table.screen_id), col(ScreenSum.on) == col(table.on))
    return col(table.on) > after, col(table.on) < before, col(table.screen_id).in_(here), ~summed


# --- a day


def _days_due(db: Session, zone: str, until: date, now: datetime) -> Iterator[date]:
    """Of a zone that no venue is in any more too, so that one that comes back to it finds no old days open."""
    try:
        today = date_at(zone, to_ms(now - SETTLED_AFTER))
    except (KeyError, ValueError):
        return
    if until == NOTHING:
        until = (_first_day(db) or today) - timedelta(days=1)
    yield from (until + timedelta(days=n) for n in range(1, (today - until).days))


def _first_day(db: Session) -> date | None:
    firsts = [db.exec(select(func.min(table.on))).one() for table in (PlannedDay, DeliveredDay)]
    return min((first for first in firsts if first), default=None)


def _sums_of(db: Session, zone: str, on: date) -> DaySums:
    planned, plays = col(PlannedDay.planned), col(DeliveredDay.plays)
    of_plan = {"booked": col(PlannedDay.booked), "planned": planned}
    of_plays = {"plays": plays, "impressions_milli": col(DeliveredDay.impressions_milli)}
    campaigns = _merged(
        _by(db, PlannedDay, "campaign_id", of_plan, zone, on), _by(db, DeliveredDay, "campaign_id", of_plays, zone, on)
    )
    screens = _merged(
        _by(db, PlannedDay, "screen_id", {"planned": planned}, zone, on),
        _by(db, DeliveredDay, "screen_id", {"plays": plays}, zone, on),
    )
    none = dict.fromkeys([*of_plan, *of_plays], 0)
    late = select(LateCount.id).where(col(LateCount.zone) == zone, col(LateCount.on) == on)
    return DaySums(
        [{**none, **row, "campaign_id": id_, "zone": zone, "on": on} for id_, row in campaigns.items()],
        [{"planned": 0, "plays": 0, **row, "screen_id": id_, "on": on} for id_, row in screens.items()],
        list(db.exec(late)),
    )


def _by(
    db: Session,
    table: type[PlannedDay] | type[DeliveredDay],
    key: str,
    sums: Mapping[str, Any],
    zone: str,
    on: date,
) -> dict[str, Row]:
    day = open_rows(table, zone, after=on - timedelta(days=1), before=on + timedelta(days=1))
    counted: Any = select(getattr(table, key), *(func.sum(one) for one in sums.values()))
    rows = db.exec(counted.where(*day).group_by(getattr(table, key)))
    return {row[0]: {name: int(number or 0) for name, number in zip(sums, row[1:], strict=True)} for row in rows}


def _merged(left: Mapping[str, Row], right: Mapping[str, Row]) -> dict[str, Row]:
    return {id_: {**left.get(id_, {}), **right.get(id_, {})} for id_ in sorted({*left, *right})}


def _keep(db: Session, zone: str, on: date, sums: DaySums) -> None:
    """All of it and the mark together, or nothing: of two that sum up the same day one is first."""
    before = [col(SettledZone.id) == zone, col(SettledZone.until_on) < on]
    first = insert_once(db, SettledZone(id=zone, until_on=on))
    if not first and db.exec(update(SettledZone).where(*before).values(until_on=on)).rowcount != 1:
        raise SettledMeanwhile
    for table, rows in ((CampaignSum, sums.campaigns), (ScreenSum, sums.screens)):
        if rows:
            db.connection().execute(insert(table), [{"id": new_id(), **row} for row in rows])
    for first_late in range(0, len(sums.late), LATE_AT_ONCE):
        part = sums.late[first_late : first_late + LATE_AT_ONCE]
        db.exec(delete(LateCount).where(col(LateCount.id).in_(part)))


# --- what came late


def _add_late(engine: Engine, fence: Callable[[Session], None]) -> bool:
    """Add some of it to the sums of its days; False when there is no more. Who deletes a row is the one who adds it."""
    with transaction(engine) as db:
        fence(db)
        until = settled(db)
        waiting = select(LateCount).order_by(col(LateCount.id)).limit(LATE_AT_ONCE)
        ids = [row.id for row in db.exec(_of_settled(waiting, until))]
        gone = delete(LateCount).where(col(LateCount.id).in_(ids)).returning(LateCount)
        rows = list(db.exec(gone).scalars()) if ids else []
        _add(db, CampaignSum, CAMPAIGN_KEY, ("plays", "impressions_milli"), rows)
        _add(db, ScreenSum, SCREEN_KEY, ("plays",), rows)
    return len(rows) == LATE_AT_ONCE


def late_counts(db: Session, until: Mapping[str, date]) -> list[LateCount]:
    """What came late and is in no sum yet. Of days that are not settled, the rows tell it."""
    return list(db.exec(_of_settled(select(LateCount), until)))


def _of_settled(counts: Any, until: Mapping[str, date]) -> Any:
    days = ((col(LateCount.zone) == zone) & (col(LateCount.on) <= on) for zone, on in until.items())
    return counts.where(or_(false(), *days))


def _add(
    db: Session, table: type[CampaignSum] | type[ScreenSum], key: Names, names: Names, rows: Sequence[LateCount]
) -> None:
    sums: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        mine = sums.setdefault(tuple(getattr(row, name) for name in key), dict.fromkeys(names, 0))
        for name in names:
            mine[name] += getattr(row, name)
    if not sums:
        return
    given = (postgres_insert if on_postgres(db) else sqlite_insert)(table)
    more = {name: getattr(table, name) + given.excluded[name] for name in names}
    values = [{"id": new_id(), **dict(zip(key, of, strict=True)), **sums[of]} for of in sorted(sums)]
    db.connection().execute(given.on_conflict_do_update(index_elements=key, set_=more), values)
