"""Plan a venue and publish the timelines of its screens (`publish_venue`).

The snapshot is read first, planning needs no transaction, the day tables are put into the store, and then one short
transaction writes each screen whose manifest changed. A version that was published meanwhile is never overwritten.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, col, delete, insert

from media.daytable import DayTable
from media.item_ids import campaign_of, creative_of
from media.store import MediaStore
from media.timeline import Timeline
from media.wire.timeline import Filler
from server.allotment.bookings import apart_of
from server.db import Topic, from_ms, insert_once, new_id, reading, to_ms, transaction
from server.errors import Conflict
from server.planner.model.problem import DayPlan, PlanResult
from server.planner.plan import plan
from server.planner.sequence.demand_lines import count_showings
from server.screens.models import Venue
from server.settings import Settings
from server.timelines.compose import Draft, Frame, compose, etag_of, same_for_readers
from server.timelines.frozen import effective_ms, frozen_day
from server.timelines.hints import post_version
from server.timelines.models import PlannedDay, PublishedTimeline
from server.timelines.plan_input import Window, plan_input, window_of
from server.timelines.published.days import record_days
from server.timelines.published.read import timeline_from
from server.timelines.unsold import fillers_for
from server.timelines.venue_snapshot import VenueSnapshot, read_snapshot

logger = logging.getLogger(__name__)

ATTEMPTS = 5


class PublishedMeanwhile(Conflict):
    """Another version of this timeline was published in the meantime. Publish again from the present state."""


def publish_venue(
    engine: Engine,
    store: MediaStore,
    *,
    venue_id: str,
    settings: Settings,
    now: datetime,
    fence: Callable[[Session], None] = lambda db: None,
) -> list[PublishedTimeline]:
    """Publish a new version of each screen whose timeline changed, and return them. The frozen part never changes.

    fence: called in each transaction that writes; raises if another worker has taken this job over
    """
    published: list[PublishedTimeline] = []
    for attempt in range(ATTEMPTS):
        try:
            for draft in draft_venue(engine, store, venue_id=venue_id, settings=settings, now=now):
                row = _write(engine, store, draft, now=now, fence=fence)
                logger.info("timeline published screen=%s version=%d", row.screen_id, row.version)
                published.append(row)
        except PublishedMeanwhile:
            if attempt == ATTEMPTS - 1:
                raise
            continue
        break
    return published


def draft_venue(engine: Engine, store: MediaStore, *, venue_id: str, settings: Settings, now: datetime) -> list[Draft]:
    """The next version of each screen of the venue whose timeline would change."""
    with reading(engine) as db:
        venue = db.get(Venue, venue_id)
        if venue is None or venue.retired_at is not None:
            return []
        window = window_of(venue.zone, now_ms=to_ms(now), days_ahead=settings.days_ahead)
        snapshot = read_snapshot(db, venue, days=[day.on for day in window.days], now=now)
    old = {screen_id: timeline_from(store, row) for screen_id, row in snapshot.newest.items()}
    return list(_drafts(snapshot, old, window, settings=settings, now_ms=to_ms(now)))


def _drafts(
    snapshot: VenueSnapshot, old: dict[str, Timeline], window: Window, *, settings: Settings, now_ms: int
) -> Iterator[Draft]:
    freeze_ms, slot_ms, today = settings.freeze_s * 1000, settings.slot_ms, window.days[0]
    effective = {
        screen.id: effective_ms(old.get(screen.id), today, now_ms=now_ms, freeze_ms=freeze_ms, slot_ms=slot_ms)
        for screen in snapshot.screens
    }
    fillers = {screen.id: fillers_for(snapshot, screen, slot_ms=slot_ms) for screen in snapshot.screens}
    apart = apart_of(settings)
    result = plan(plan_input(snapshot, old, window, fillers=fillers, effective=effective, slot_ms=slot_ms, apart=apart))
    _log_shortfalls(result)
    frame = Frame(snapshot, settings, window.yesterday, window.days)
    for screen in snapshot.screens:
        before, plans = old.get(screen.id), [day for day in result.days if day.screen == screen.id]
        past = _yesterday(before, window, slot_ms=slot_ms, fillers=fillers[screen.id])
        draft = compose(
            frame, screen, plans, fillers=fillers[screen.id], old=before, past=past, effective_ms=effective[screen.id]
        )
        same = before is not None and same_for_readers(draft.manifest, before.manifest, now_ms=now_ms)
        if not same or not snapshot.newest[screen.id].basis:  # without a basis, its days' plans were deleted
            yield draft


def _yesterday(old: Timeline | None, window: Window, *, slot_ms: int, fillers: Sequence[Filler]) -> DayTable | None:
    """Yesterday's table as it was shown, from which phones list the last ten items."""
    day = window.yesterday
    if old is None or day is None or not any(known.starts_ms < day.ends_ms for known in old.manifest.days):
        return None
    frozen = frozen_day(old, {}, day, until_ms=day.ends_ms, slot_ms=slot_ms, fillers=fillers)
    return frozen.table if frozen else None


def _write(
    engine: Engine, store: MediaStore, draft: Draft, *, now: datetime, fence: Callable[[Session], None]
) -> PublishedTimeline:
    """Store the day tables, then write the version: when it is announced, all its files exist."""
    for table in draft.tables:
        if not store.keep(table.digest):
            store.put([table.encoded])
    manifest = draft.manifest
    row = PublishedTimeline(
        screen_id=manifest.screen,
        version=manifest.version,
        manifest=manifest.model_dump(mode="json"),
        etag=etag_of(manifest),
        published_at=now,
        ends_at=from_ms(manifest.days[-1].ends_ms),
        basis={plan.on.isoformat(): plan.basis for plan in draft.plans},
    )
    changed = [plan for plan in draft.plans if not plan.unchanged]
    planned = [values for plan in changed for values in _planned_rows(manifest.screen, plan)]
    with transaction(engine) as db:
        fence(db)
        if not insert_once(db, row):
            raise PublishedMeanwhile
        record_days(db, manifest, now=now)
        _write_planned(db, manifest.screen, [plan.on for plan in changed], planned)
        post_version(db, Topic.TIMELINE, manifest.screen, manifest.version, now=now)
    return row


def _write_planned(db: Session, screen_id: str, days: Sequence[date], rows: Sequence[dict[str, Any]]) -> None:
    """One statement deletes, one inserts: the transaction stays short however much is booked."""
    db.exec(delete(PlannedDay).where(col(PlannedDay.screen_id) == screen_id, col(PlannedDay.on).in_(days)))
    if rows:
        db.connection().execute(insert(PlannedDay), rows)


def _planned_rows(screen_id: str, plan: DayPlan) -> Iterator[dict[str, Any]]:
    """A row for each booked item, and one for each item of a campaign that left the plan after it was shown."""
    here = {"screen_id": screen_id, "on": plan.on}
    for count in plan.counts:
        yield here | _row(count.item, booked=count.booked, planned=count.planned, why=count.why)
    booked = {count.item for count in plan.counts}
    for item, times in count_showings(plan.table, len(plan.table.slots)).items():
        if item not in booked and campaign_of(item) is not None:
            yield here | _row(item, booked=times, planned=times, why="")


def _row(item: str, **counts: int | str) -> dict[str, Any]:
    return {"id": new_id(), "campaign_id": campaign_of(item) or "", "creative_id": creative_of(item), **counts}


def _log_shortfalls(result: PlanResult) -> None:
    for short in result.shortfalls:
        logger.info(
            "booking short screen=%s on=%s campaign=%s booked=%d planned=%d why=%s",
            short.screen,
            short.on,
            short.booking,
            short.booked,
            short.planned,
            short.why,
        )
