"""The offers that a screen shows. A phone that presents a token of the screen's strip may claim only such offers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from media.daytable import HOUSE
from media.fillers import fillers_of, stretches_of
from media.integers import ceil_div
from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Day
from server.db import to_ms
from server.screens.players import player_on
from server.timelines.models import PublishedTimeline
from server.timelines.published.read import NoTimeline, current_manifest, timeline_of

# A token is valid for half an hour, and the phone page shows half an hour ahead; nobody waits longer at an elevator.
SHOWN_WITHIN = timedelta(hours=3)
SHOWN_AHEAD = timedelta(minutes=30)
MOST_VERSIONS = 20


def offers_on(db: Session, screen_id: str) -> set[str]:
    """The offers and prizes in the newest timeline of a screen: those that its box shows for some weeks without an
    uplink."""
    published = current_manifest(db, screen_id)
    items = published.manifest["items"].values() if published is not None else ()
    phones = [item["phone"] for item in items]
    prizes = [(phone.get("game") or {}).get("prize") for phone in phones]
    return {offer["id"] for offer in (*prizes, *(phone.get("offer") for phone in phones)) if offer}


def shows_offer(db: Session, store: MediaStore, screen_id: str, offer_id: str, *, now: datetime) -> bool:
    """Has the screen shown this offer within three hours, or will it within half an hour?

    Every version that it may have followed counts: people have seen a campaign that was ended a moment ago.
    """
    from_ms, until_ms = to_ms(now - SHOWN_WITHIN), to_ms(now + SHOWN_AHEAD)
    timelines = _timelines(db, store, screen_id, since=now - SHOWN_WITHIN)
    return any(_shows(timeline, offer_id, from_ms, until_ms) for timeline in timelines)


def _timelines(db: Session, store: MediaStore, screen_id: str, *, since: datetime) -> Iterator[Timeline]:
    """The newest version first, then the one that the player reports, then those that were superseded since."""
    published = select(PublishedTimeline.version, PublishedTimeline.published_at)
    published = published.where(col(PublishedTimeline.screen_id) == screen_id)
    newest = db.exec(published.order_by(col(PublishedTimeline.version).desc()).limit(MOST_VERSIONS)).all()
    player = player_on(db, screen_id)
    reported = [player.held_version] if player is not None and player.held_version is not None else []
    superseded = [version for (version, _), (_, later) in zip(newest[1:], newest, strict=False) if later >= since]
    for version in dict.fromkeys([*(version for version, _ in newest[:1]), *reported, *superseded]):
        try:
            yield timeline_of(db, store, screen_id, version)
        except NoTimeline:
            return


def _shows(timeline: Timeline, offer_id: str, from_ms: int, until_ms: int) -> bool:
    items = {
        id_ for id_, item in timeline.manifest.items.items() if item.phone.offer and item.phone.offer.id == offer_id
    }
    if not items:
        return False
    raised = (i for i in timeline.manifest.interrupts if i.from_ms < until_ms and (i.until_ms or until_ms) > from_ms)
    if any(interrupt.item in items for interrupt in raised):
        return True
    days = [day for day in timeline.manifest.days if day.starts_ms < until_ms and day.ends_ms > from_ms]
    shown = {item for day in days for item in _items_of(timeline, day, from_ms, until_ms)}
    if None in shown or not days:
        fillers = stretches_of(fillers_of(timeline.manifest), from_ms, until_ms)
        shown |= {item for stretch in fillers for item in stretch.items}
    return bool(items & shown)


def _items_of(timeline: Timeline, day: Day, from_ms: int, until_ms: int) -> set[str | None]:
    """The items that a day shows between two instants. None stands for unsold time, and for a day without its table."""
    table = timeline.tables.get(day.digest)
    if table is None:
        return {None}
    slot_ms = timeline.manifest.slot_ms
    first, end = (from_ms - day.starts_ms) // slot_ms, ceil_div(until_ms - day.starts_ms, slot_ms)
    slots = set(table.slots[max(first, 0) : max(end, 0)])
    shown: set[str | None] = {item for index, item in enumerate(table.items, 1) if index in slots}
    return shown | {None} if HOUSE in slots else shown
