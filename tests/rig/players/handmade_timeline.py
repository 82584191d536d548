"""Timelines laid by hand: a screen's manifest with the items and day tables that a test wants."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlmodel import Session

from media.wire.timeline import Day, Item, Kind, Manifest, MediaRef, OfferCard, PhoneItem, ScreenSettings
from server.coupons.models import Offer
from server.db import from_ms, to_ms
from server.screens.models import Screen
from server.timelines.models import PublishedTimeline

MEDIA_BASE = "http://media.example"
DAY_MS = 86_400_000


def media_ref(name: str, mime: str = "image/jpeg") -> MediaRef:
    return MediaRef(digest=hashlib.sha256(name.encode()).hexdigest(), mime=mime, bytes=1000)


def house_item(id_: str, *, kind: Kind = "image", offer: Offer | None = None) -> Item:
    """A still of ten seconds; with an offer, a coupon."""
    card = None
    if offer is not None:
        kind = "coupon"
        card = OfferCard(
            id=offer.id, merchant="Noodle Bar", title=offer.title, terms=offer.terms, presence=offer.presence
        )
    phone = PhoneItem(image=media_ref(id_), offer=card)
    return Item(id=id_, kind=kind, title=f"Title of {id_}", length_ms=10_000, screen=media_ref(id_), phone=phone)


def lay_timeline(
    db: Session,
    screen: Screen,
    items: dict[str, Item],
    *,
    at: datetime,
    house: tuple[str, ...] = (),
    slot_ms: int = 5000,
    day: Day | None = None,
    media_base: str = MEDIA_BASE,
    settings: ScreenSettings | None = None,
) -> Manifest:
    """Publish version 1: this day, or from `at` on a day whose table is lost, which plays house content."""
    starts_ms = to_ms(at)
    lost = Day(on=f"{at:%Y-%m-%d}", starts_ms=starts_ms, ends_ms=starts_ms + DAY_MS, digest="0" * 64)
    manifest = Manifest(
        screen=screen.id,
        code=screen.code,
        version=1,
        effective_ms=(day or lost).starts_ms,
        slot_ms=slot_ms,
        media_base=media_base,
        days=(day or lost,),
        items=items,
        house=house,
        settings=settings or ScreenSettings(),
    )
    db.add(
        PublishedTimeline(
            screen_id=screen.id,
            version=manifest.version,
            manifest=manifest.model_dump(mode="json"),
            etag=f"v{manifest.version}",
            published_at=at,
            ends_at=from_ms(manifest.days[-1].ends_ms),
        )
    )
    return manifest
