"""Sum up days that are over, once: plans and reports start from these sums, not from the rows of every screen.

A day is settled when its last plays and plans are certainly written. Plays that arrive later are recorded in the
transaction that accepts them (`LateCount`), and added with the next run. So at every moment the total is: the settled
sums, the late counts, and the rows of days that are over but not settled yet.
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
from server.plays.models import DELIVERED_SUMS, CampaignSum, DeliveredDay, LateCount, ScreenSum, SettledZone
from server.screens.models import Screen, Venue
from server.timelines.models import PlannedDay

logger = logging.getLogger(__name__)

# Transactions that wrote plays or plans by the previous day's clock have committed after this time.
SETTLED_AFTER = timedelta(minutes=10)
SCREENS_KEPT = timedelta(days=16)
LATE_AT_ONCE = 2000
CAMPAIGN_KEY, SCREEN_KEY = ("campaign_id", "creative_id", "zone", "on"), ("screen_id", "on")
PLANNED_SUMS = ("booked", "planned")
NOTHING = date.min

Row = dict[str, Any]
Names = tuple[str, ...]


class SettledMeanwhile(Conflict):
    """Another process summed this day up at the same moment. Nothing needs to be done."""


@dataclass(frozen=True)
class DaySums:
    """The sums of a zone's day, as rows, and the ids of late counts that they already contain."""

    campaigns: list[Row]
    screens: list[Row]
    late: list[str]


def settle(
    engine: Engine,
    *,
    now: datetime,
    on_step: Callable[[], None] = lambda: None,
    fence: Callable[[Session], None] = lambda db: None,
) -> None:
    """Sum up every day that is over, then add the late plays of earlier days.

    on_step: called before each step. The first run sums up all days that ever were; each step is committed
    fence: called in each transaction that writes; raises if another worker has taken this job over
    """
    with reading(engine) as db:
        due = {zone: list(_days_due(db, zone, until, now)) for zone, until in settled(db).items()}
    for zone, days in due.items():
        for on in days:
            on_step()
            with reading(engine, at_one_moment=True) as db:
                sums = _sums_of(db, zone, on)
            with transaction(engine) as db:
                fence(db)
                _write(db, zone, on, sums)
            logger.info("day settled zone=%s on=%s campaigns=%d", zone, on, len(sums.campaigns))
    while _add_late(engine, fence):
        on_step()
    with transaction(engine) as db:
        fence(db)
        db.exec(delete(ScreenSum).where(col(ScreenSum.on) < (now - SCREENS_KEPT).date()))


def settled(db: Session) -> dict[str, date]:
    """The last settled day of each zone. A new zone counts as settled as far as the others: its screens were in one of
    them, or are new."""
    known = {row.id: row.until_on for row in db.exec(select(SettledZone))}
    least = min(known.values(), default=NOTHING)
    zones = db.exec(select(Venue.zone).distinct())
    return {zone: known.get(zone, least) for zone in sorted({*known, *zones})}


def open_rows(table: type[PlannedDay] | type[DeliveredDay], zone: str, *, after: date, before: date) -> tuple[Any, ...]:
    """SQL conditions of a zone's rows that are in no sum yet; `after`: the zone's last settled day."""
    here = select(Screen.id).join(Venue, col(Venue.id) == col(Screen.venue_id)).where(col(Venue.zone) == zone)
    # The sums of a venue whose zone was changed contain its rows already.
    summed = exists().where(col(ScreenSum.screen_id) == col(table.screen_id), col(ScreenSum.on) == col(table.on))
    return col(table.on) > after, col(table.on) < before, col(table.screen_id).in_(here), ~summed


# --- a day


def _days_due(db: Session, zone: str, until: date, now: datetime) -> Iterator[date]:
    """The days to be settled; of zones without venues too, so that a venue that returns finds no old open days."""
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
    of_plan = (col(PlannedDay.campaign_id), col(PlannedDay.creative_id))
    of_plays = (col(DeliveredDay.campaign_id), col(DeliveredDay.item))
    campaigns = _merged(
        _by(db, PlannedDay, of_plan, PLANNED_SUMS, zone, on), _by(db, DeliveredDay, of_plays, DELIVERED_SUMS, zone, on)
    )
    screens = _merged(
        _by(db, PlannedDay, (col(PlannedDay.screen_id),), ("planned",), zone, on),
        _by(db, DeliveredDay, (col(DeliveredDay.screen_id),), ("plays",), zone, on),
    )
    none = dict.fromkeys((*PLANNED_SUMS, *DELIVERED_SUMS), 0)
    late = select(LateCount.id).where(col(LateCount.zone) == zone, col(LateCount.on) == on)
    return DaySums(
        [
            {**none, **row, "campaign_id": campaign_id, "creative_id": creative_id, "zone": zone, "on": on}
            for (campaign_id, creative_id), row in campaigns.items()
        ],
        [{"planned": 0, "plays": 0, **row, "screen_id": id_, "on": on} for (id_,), row in screens.items()],
        list(db.exec(late)),
    )


def _by(
    db: Session,
    table: type[PlannedDay] | type[DeliveredDay],
    key: tuple[Any, ...],
    sums: Names,
    zone: str,
    on: date,
) -> dict[Names, Row]:
    day = open_rows(table, zone, after=on - timedelta(days=1), before=on + timedelta(days=1))
    counted: Any = select(*key, *(func.sum(getattr(table, name)) for name in sums))
    rows = db.exec(counted.where(*day).group_by(*key))
    numbers = len(key)
    return {
        tuple(row[:numbers]): {name: int(number or 0) for name, number in zip(sums, row[numbers:], strict=True)}
        for row in rows
    }


def _merged(left: Mapping[Names, Row], right: Mapping[Names, Row]) -> dict[Names, Row]:
    return {key: {**left.get(key, {}), **right.get(key, {})} for key in sorted({*left, *right})}


def _write(db: Session, zone: str, on: date, sums: DaySums) -> None:
    """Write the sums together with the mark. If two processes sum up the same day, the second raises."""
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


# --- late plays


def _add_late(engine: Engine, fence: Callable[[Session], None]) -> bool:
    """Add a batch of late counts to the sums of their days; False when there are no more.

    The rows are deleted in the same transaction, so that each is added once.
    """
    with transaction(engine) as db:
        fence(db)
        until = settled(db)
        waiting = select(LateCount).order_by(col(LateCount.id)).limit(LATE_AT_ONCE)
        ids = [row.id for row in db.exec(of_settled_days(waiting, until))]
        gone = delete(LateCount).where(col(LateCount.id).in_(ids)).returning(LateCount)
        rows = list(db.exec(gone).scalars()) if ids else []
        _add(db, CampaignSum, CAMPAIGN_KEY, DELIVERED_SUMS, rows)
        _add(db, ScreenSum, SCREEN_KEY, ("plays",), rows)
    return len(rows) == LATE_AT_ONCE


def late_counts(db: Session, until: Mapping[str, date]) -> list[LateCount]:
    """Late counts of settled days that are in no sum yet. Days that are not settled are counted by their rows."""
    return list(db.exec(of_settled_days(select(LateCount), until)))


def of_settled_days(counts: Any, until: Mapping[str, date]) -> Any:
    """The query of late counts, without those of days that are not settled."""
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
    upsert = (postgres_insert if on_postgres(db) else sqlite_insert)(table)
    more = {name: getattr(table, name) + upsert.excluded[name] for name in names}
    values = [{"id": new_id(), **dict(zip(key, row_key, strict=True)), **sums[row_key]} for row_key in sorted(sums)]
    db.connection().execute(upsert.on_conflict_do_update(index_elements=key, set_=more), values)
