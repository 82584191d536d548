"""Advertisers: who pays, and who must not follow themselves on a screen."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from server.accounts.audit import record
from server.campaigns.models import Advertiser
from server.db import get_or_raise
from server.errors import Missing
from server.screens.texts import read_text


class NoAdvertiser(Missing):
    """There is no such advertiser. Add the advertiser first, or choose one from the list."""


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


def advertisers(db: Session) -> list[Advertiser]:
    return list(db.exec(select(Advertiser).order_by(col(Advertiser.name), col(Advertiser.id))))


def _name(given: str) -> str:
    return read_text(given, "The advertiser's name", least=1, most=120)


def _category(given: str) -> str:
    return read_text(given, "The category", most=40)
