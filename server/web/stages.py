"""The stage of a screen as phones get it, the stock of its offers, and the item that was scanned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from media.store import MediaStore
from media.timeline import STAGE_MS
from media.wire.phone import Stage, Stock
from media.wire.timeline import Item, Spot
from server.coupons.models import Offer
from server.db import to_ms
from server.screens.models import Screen
from server.timelines.published.read import current_version, timeline_of
from server.timelines.published.stage import stage_of
from server.web.wallet.answers import stock_of_offer


def phone_stage(db: Session, store: MediaStore, screen: Screen, *, media_base: str, now: datetime) -> Stage:
    """The screen's stage; an empty one while nothing was published, so that a phone waits instead of failing."""
    if current_version(db, screen.id) is None:
        return empty_stage(screen.code, media_base=media_base, now_ms=to_ms(now))
    return stage_of(db, store, screen, now=now)


def empty_stage(code: str, *, media_base: str, now_ms: int) -> Stage:
    until_ms = now_ms + STAGE_MS
    nothing = Spot(starts_ms=now_ms, ends_ms=until_ms, item=None, kind="house")
    return Stage(
        screen=code,
        version=0,
        now_ms=now_ms,
        until_ms=until_ms,
        spots=(nothing,),
        past=(),
        items={},
        media_base=media_base,
    )


def scanned_item(db: Session, store: MediaStore, screen: Screen, item_id: str, *, stage: Stage) -> Item | None:
    """The scanned item, if it is in this screen's timeline at all: a page reveals no other."""
    if item_id in stage.items:
        return stage.items[item_id]
    if not item_id or stage.version == 0:
        return None
    return timeline_of(db, store, screen.id).manifest.items.get(item_id)


def stock_of(db: Session, items: Iterable[Item], *, now: datetime) -> dict[str, Stock]:
    """How many are left of every offer among these items, and whether each can be claimed now."""
    ids = {item.phone.offer.id for item in items if item.phone.offer}
    if not ids:
        return {}
    offers = db.exec(select(Offer).where(col(Offer.id).in_(ids))).all()
    return {offer.id: stock_of_offer(offer, now) for offer in offers}
