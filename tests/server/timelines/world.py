"""A small world for tests of booking and publishing: rows as the other rooms of the house would write them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Spot
from server.allotment.allot import allot_network
from server.campaigns.book import book_campaign
from server.campaigns.forms import BookingForm, TargetForm, WeightedCreative
from server.campaigns.house import add_house_content
from server.campaigns.models import Advertiser, Campaign, GoalKind, TargetKind
from server.creatives.models import Creative, CreativeState, Rendition, RenditionRole
from server.db import Job, OutboxRow, new_id, reading, transaction
from server.screens.models import Player, Screen, Venue
from server.settings import Settings
from server.timelines.models import PublishedTimeline
from server.timelines.publish import publish_venue
from server.timelines.published.read import current_manifest, timeline_from

NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def add_venue(db: Session, *, zone: str = "UTC", **more: Any) -> Venue:
    return _added(db, Venue(name="Harbour Tower", zone=zone, created_at=NOON, **more))


def add_screen(db: Session, venue: Venue, **more: Any) -> Screen:
    code = new_id()[-8:]
    return _added(
        db, Screen(code=code, venue_id=venue.id, name="Car 1", presence_key="p" * 32, created_at=NOON, **more)
    )


def add_advertiser(db: Session, name: str = "Noodle Bar") -> Advertiser:
    return _added(db, Advertiser(name=name, created_at=NOON))


def add_creative(db: Session, *, state: CreativeState = CreativeState.READY, **more: Any) -> Creative:
    given = {"kind": "image", "title": "A picture", "length_ms": 10_000, "created_at": NOON} | more
    creative = _added(db, Creative(state=state, **given))
    if state == CreativeState.READY:
        digest = sha256(creative.id.encode()).hexdigest()
        db.add(Rendition(creative_id=creative.id, role=RenditionRole.SCREEN, digest=digest, mime="image/jpeg", bytes=9))
        db.flush()
    return creative


def booking(advertiser: Advertiser, *creatives: Creative, **changes: Any) -> BookingForm:
    given: dict[str, Any] = {
        "name": "Spring soup",
        "advertiser_id": advertiser.id,
        "creatives": tuple(WeightedCreative(creative_id=creative.id) for creative in creatives),
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 4, 30),
        "targets": (TargetForm(kind=TargetKind.ALL),),
        "goal_kind": GoalKind.SHARE,
        "goal": 20.0,
    }
    return BookingForm(**given | changes)


def add_player(db: Session, screen: Screen, **more: Any) -> Player:
    token = sha256(new_id().encode()).hexdigest()
    return _added(db, Player(hardware="box-1", token_hash=token, screen_id=screen.id, enrolled_at=NOON, **more))


@dataclass
class World:
    """One venue with one screen, two house pictures and one advertiser."""

    engine: Engine
    store: MediaStore
    settings: Settings
    venue: Venue
    screen: Screen
    advertiser: Advertiser
    house: tuple[str, ...]

    def publish(self, now: datetime = NOON) -> list[PublishedTimeline]:
        allot_network(self.engine, self.settings, played={}, now=now)
        return publish_venue(self.engine, self.store, venue_id=self.venue.id, settings=self.settings, now=now)

    def newest(self, screen: Screen | None = None) -> PublishedTimeline:
        with reading(self.engine) as db:
            found = current_manifest(db, (screen or self.screen).id)
        assert found is not None
        return found

    def timeline(self, screen: Screen | None = None) -> Timeline:
        return timeline_from(self.store, self.newest(screen))

    def book(self, *, now: datetime = NOON, length_ms: int = 10_000, **changes: Any) -> Campaign:
        with transaction(self.engine) as db:
            creative = add_creative(db, advertiser_id=self.advertiser.id, length_ms=length_ms)
            return book_campaign(db, booking(self.advertiser, creative, **changes), by=None, now=now)


def make_world(engine: Engine, store: MediaStore, settings: Settings, **venue: Any) -> World:
    with transaction(engine) as db:
        place = add_venue(db, **venue)
        screen = add_screen(db, place)
        advertiser = add_advertiser(db)
        pictures = [add_creative(db, title=f"House {n}", length_ms=5_000 * n) for n in (2, 3)]
        for picture in pictures:
            add_house_content(db, picture.id, now=NOON)
    return World(engine, store, settings, place, screen, advertiser, tuple(picture.id for picture in pictures))


def queued_plans(db: Session) -> list[str]:
    return list(db.exec(select(Job.subject).where(col(Job.kind) == "plan").order_by(col(Job.subject))))


def topics(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as db:
        return [(row.topic, row.target) for row in db.exec(select(OutboxRow).order_by(col(OutboxRow.id)))]


def spots(timeline: Timeline, from_ms: int, until_ms: int) -> list[Spot]:
    """The plan between two instants, spot by spot."""
    found, at = list[Spot](), from_ms
    while at < until_ms:
        found.append(timeline.planned_at(at))
        at = found[-1].ends_ms
    return found


def spent_ms(among: Iterable[Spot], kind: str) -> int:
    """How long those of this kind take."""
    return sum(spot.ends_ms - spot.starts_ms for spot in among if spot.kind == kind)


def shown(timeline: Timeline, from_ms: int, until_ms: int) -> list[tuple[int, int, str | None]]:
    """The items that are planned between two instants."""
    return [
        (max(spot.starts_ms, from_ms), min(spot.ends_ms, until_ms), spot.item)
        for spot in spots(timeline, from_ms, until_ms)
    ]


def forget(engine: Engine, rows: Iterable[type] = (Job, OutboxRow)) -> None:
    with transaction(engine) as db:
        for row in rows:
            for found in db.exec(select(row)):
                db.delete(found)


def later(**by: float) -> datetime:
    return NOON + timedelta(**by)


def _added(db: Session, row: Any) -> Any:
    db.add(row)
    db.flush()
    return row
