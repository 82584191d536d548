"""Advertisers: who pays, and who must not follow themselves on a screen."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select, update

from server.accounts.audit import record
from server.campaigns.models import Advertiser
from server.db import get_or_raise
from server.errors import Conflict, Missing
from server.paging import sorted_by_name
from server.screens.texts import read_text


class NoAdvertiser(Missing):
    """There is no such advertiser. Add the advertiser first, or choose one from the list."""


class AdvertiserArchived(Conflict):
    """This advertiser is archived. Restore it first, or choose another one."""


def add_advertiser(db: Session, *, name: str, category: str = "", by: str | None = None, now: datetime) -> Advertiser:
    advertiser = Advertiser(name=_name(name), category=_category(category), created_at=now)
    db.add(advertiser)
    db.flush()
    record(db, by, "advertiser added", advertiser.id, {"name": advertiser.name}, now=now)
    return advertiser


def change_advertiser(
    db: Session, advertiser_id: str, *, name: str, category: str = "", by: str | None = None, now: datetime
) -> Advertiser:
    advertiser = advertiser_of(db, advertiser_id)
    advertiser.name, advertiser.category = _name(name), _category(category)
    db.add(advertiser)
    record(db, by, "advertiser changed", advertiser_id, {"name": advertiser.name}, now=now)
    return advertiser


def advertiser_of(db: Session, advertiser_id: str) -> Advertiser:
    return get_or_raise(db, Advertiser, advertiser_id, NoAdvertiser)


def advertiser_in_use(db: Session, advertiser_id: str) -> Advertiser:
    advertiser = advertiser_of(db, advertiser_id)
    if advertiser.archived_at is not None:
        raise AdvertiserArchived
    return advertiser


def advertisers(db: Session, *, also_archived: bool = False) -> list[Advertiser]:
    """By name."""
    query = select(Advertiser)
    return sorted_by_name(db.exec(query if also_archived else query.where(col(Advertiser.archived_at).is_(None))))


def archive_advertiser(db: Session, advertiser_id: str, *, by: str | None = None, now: datetime) -> Advertiser:
    """Hide it in lists and choices. Its bookings go on, and its people still see their reports."""
    advertiser = advertiser_of(db, advertiser_id)
    in_use = (col(Advertiser.id) == advertiser.id, col(Advertiser.archived_at).is_(None))
    if db.exec(update(Advertiser).where(*in_use).values(archived_at=now)).rowcount == 1:
        record(db, by, "advertiser archived", advertiser.id, {"name": advertiser.name}, now=now)
    db.refresh(advertiser)
    return advertiser


def restore_advertiser(db: Session, advertiser_id: str, *, by: str | None = None, now: datetime) -> Advertiser:
    advertiser = advertiser_of(db, advertiser_id)
    archived = (col(Advertiser.id) == advertiser.id, col(Advertiser.archived_at).is_not(None))
    if db.exec(update(Advertiser).where(*archived).values(archived_at=None)).rowcount == 1:
        record(db, by, "advertiser restored", advertiser.id, {"name": advertiser.name}, now=now)
    db.refresh(advertiser)
    return advertiser


def _name(given: str) -> str:
    return read_text(given, "The advertiser's name", least=1, most=120)


def _category(given: str) -> str:
    return read_text(given, "The category", most=40)
