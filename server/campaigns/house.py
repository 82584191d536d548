"""House content: creatives that play when nothing else does, a venue's own before the network's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, delete, func, or_, select

from server.accounts.audit import record
from server.campaigns.checks import CreativeNotReady, NoCreative
from server.campaigns.models import HouseContent
from server.campaigns.reach import venue_ids
from server.creatives.models import Creative, CreativeState
from server.db import get_or_raise
from server.errors import Conflict, Invalid, Missing
from server.screens.replan import queue_plans
from server.screens.venues import venue_in_use


class NoHouseContent(Missing):
    """This is not among the house content. Look at the list again."""


class AlreadyHouseContent(Conflict):
    """This creative is among the house content already. Change its place in the list instead."""


class AnotherVenuesCreative(Invalid):
    """This creative belongs to another venue. Choose one of this venue, or one of the network."""


class HouseEndsBeforeItBegins(Invalid):
    """The last day is before the first. Choose a last day that is not."""


class HouseContentOver(Invalid):
    """The last day is over. Choose one that is still to come, or none."""


class BadOrder(Invalid):
    """This is not the list's order: it must name every row once. Load the list again."""


def add_house_content(
    db: Session,
    creative_id: str,
    venue_id: str | None = None,
    *,
    first_on: date | None = None,
    last_on: date | None = None,
    by: str | None = None,
    now: datetime,
) -> HouseContent:
    """At the end of the venue's list, or of the network's; on these days, or always."""
    _check_days(first_on, last_on, now=now)
    creative = get_or_raise(db, Creative, creative_id, NoCreative)
    if creative.state != CreativeState.READY:
        raise CreativeNotReady(f"The creative “{creative.title}” is {creative.state}, not ready.")
    if venue_id is not None:
        venue_in_use(db, venue_id)
    if creative.venue_id not in (None, venue_id):
        raise AnotherVenuesCreative
    if db.exec(select(HouseContent.id).where(col(HouseContent.creative_id) == creative_id, _of(venue_id))).first():
        raise AlreadyHouseContent
    last = db.exec(select(func.max(HouseContent.position)).where(_of(venue_id))).one()
    position = 0 if last is None else last + 1
    row = HouseContent(
        creative_id=creative_id, venue_id=venue_id, position=position, first_on=first_on, last_on=last_on
    )
    db.add(row)
    db.flush()
    return _queue_and_record(db, row, "house content added", by=by, now=now)


def date_house_content(
    db: Session, id_: str, *, first_on: date | None, last_on: date | None, by: str | None = None, now: datetime
) -> HouseContent:
    """Play it on other days than before."""
    row = get_or_raise(db, HouseContent, id_, NoHouseContent)
    _check_days(first_on, last_on, now=now)
    row.first_on, row.last_on = first_on, last_on
    db.add(row)
    db.flush()
    return _queue_and_record(db, row, "house content dated", by=by, now=now)


def remove_house_content(db: Session, id_: str, *, by: str | None = None, now: datetime) -> None:
    row = get_or_raise(db, HouseContent, id_, NoHouseContent)
    db.exec(delete(HouseContent).where(col(HouseContent.id) == id_))
    _queue_and_record(db, row, "house content removed", by=by, now=now)


def order_house_content(
    db: Session, venue_id: str | None, ids: Sequence[str], *, by: str | None = None, now: datetime
) -> None:
    """The list in this order."""
    rows = {row.id: row for row in db.exec(select(HouseContent).where(_of(venue_id)))}
    if sorted(ids) != sorted(rows):
        raise BadOrder
    for position, id_ in enumerate(ids):
        rows[id_].position = position
        db.add(rows[id_])
    queue_plans(db, _venues(db, venue_id), now=now)
    record(db, by, "house content ordered", venue_id or "", now=now)


def house_content(db: Session, venue_id: str | None) -> Sequence[tuple[HouseContent, Creative]]:
    """The rows of one list, with their creatives."""
    rows = select(HouseContent, Creative).join(Creative, col(Creative.id) == col(HouseContent.creative_id))
    return db.exec(rows.where(_of(venue_id)).order_by(col(HouseContent.position), col(HouseContent.id))).all()


def house_of(db: Session, venue_id: str, *, since: date) -> list[HouseContent]:
    """A venue's house content in its order: its own, then the network's; without what was over before `since`."""
    here = or_(col(HouseContent.venue_id) == venue_id, col(HouseContent.venue_id).is_(None))
    alive = or_(col(HouseContent.last_on).is_(None), col(HouseContent.last_on) >= since)
    rows = db.exec(select(HouseContent).where(here, alive)).all()
    return sorted(rows, key=lambda row: (row.venue_id is None, row.position, row.id))


def _check_days(first_on: date | None, last_on: date | None, *, now: datetime) -> None:
    """A day is over only when it is over in every zone."""
    if last_on is None:
        return
    if first_on is not None and last_on < first_on:
        raise HouseEndsBeforeItBegins
    if last_on < now.date() - timedelta(days=1):
        raise HouseContentOver


def _of(venue_id: str | None) -> ColumnElement[bool]:
    return col(HouseContent.venue_id).is_(None) if venue_id is None else col(HouseContent.venue_id) == venue_id


def _venues(db: Session, venue_id: str | None) -> Iterable[str]:
    return [venue_id] if venue_id is not None else venue_ids(db)


def _queue_and_record(db: Session, row: HouseContent, action: str, *, by: str | None, now: datetime) -> HouseContent:
    queue_plans(db, _venues(db, row.venue_id), now=now)
    record(db, by, action, row.creative_id, {"venue": row.venue_id}, now=now)
    return row
