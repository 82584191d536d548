"""A day's timeline of a screen: what is on now, a summary of each hour, and the spots of one hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from media.item_ids import creative_of
from media.timeline import Timeline
from media.wire.timeline import Spot
from server.accounts.rights import Right
from server.context import reading, services
from server.creatives.lists import thumbs_of
from server.db import from_ms, get_or_raise, to_ms, utc_now
from server.http.off_hub import off_hub
from server.screens.models import Screen, Venue
from server.screens.opening import opening_of
from server.screens.venues import NoScreen, NoVenue
from server.timelines.published.read import NoTimeline, timeline_of
from server.web.console.blueprint import bp
from server.web.forms import read_query
from server.web.identity.auth import requires
from server.years import Day
from server.zones import zone_or_utc

# Colours of the strip, one for each creative in turn; read well on light and dark.
COLOURS = ("#0b6b63", "#b5651d", "#5b5fc7", "#a23b72", "#4f7d2b", "#8a6d00", "#2d6fa3", "#7a4b9e")


HOUR_MS = 3_600_000


class TimelineQuery(BaseModel):
    """A local day of the venue, and the hour of it whose spots are listed; without them, the present ones.

    Hours are counted from the day's first instant: a day with a clock change may have 25 of them.
    """

    model_config = ConfigDict(frozen=True)

    on: Day | None = None
    hour: int | None = Field(None, ge=0, le=24)


@dataclass
class Summary:
    """Of a span of time: spots that begin in it and milliseconds shown, by creative; "" is off or nothing."""

    starts_ms: int
    ends_ms: int
    counts: Counter[str] = field(default_factory=Counter)
    shown_ms: Counter[str] = field(default_factory=Counter)

    def add(self, creative_id: str, spot: Spot) -> None:
        shown_ms = min(spot.ends_ms, self.ends_ms) - max(spot.starts_ms, self.starts_ms)
        if shown_ms > 0:
            self.shown_ms[creative_id] += shown_ms
        if self.starts_ms <= spot.starts_ms < self.ends_ms:
            self.counts[creative_id] += 1

    @property
    def shares(self) -> list[tuple[str, float]]:
        """Creative and part of the whole span, the largest first."""
        return [(id_, ms / (self.ends_ms - self.starts_ms)) for id_, ms in self.shown_ms.most_common()]


@dataclass(frozen=True)
class DayView:
    """One local day, its hours, and the spots of the chosen hour."""

    on: date
    hour: int
    day: Summary
    hours: list[Summary]
    spots: list[Spot]


@bp.get("/screens/<screen_id>/timeline")
@requires(Right.SEE_SCREENS)
def timeline(screen_id: str) -> ResponseReturnValue:
    query, now = read_query(TimelineQuery), utc_now()
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        venue = get_or_raise(db, Venue, screen.venue_id, NoVenue)
        published = published_timeline(db, screen_id)
        thumbs = thumbs_of(db, published.manifest.items) if published else {}
    place = {"screen": screen, "venue": venue, "opening": opening_of(venue, now)}
    if published is None:
        return render_template("console/timeline.html", view=None, **place)
    on = query.on or now.astimezone(zone_or_utc(venue.zone)).date()
    hour = hour_now(on, venue, now) if query.hour is None else query.hour
    view = off_hub(day_view, published, venue.zone, on, hour)
    shown = shown_of(published, view, to_ms(now))
    return render_template("console/timeline.html", view=view, thumbs=thumbs, **place, **shown)


def hour_now(on: date, venue: Venue, now: datetime) -> int:
    """The hour that passes now, if it is that day; of another day the first."""
    starts_ms, ends_ms = day_span(on, venue.zone)
    return (to_ms(now) - starts_ms) // HOUR_MS if starts_ms <= to_ms(now) < ends_ms else 0


def published_timeline(db: Any, screen_id: str) -> Timeline | None:
    try:
        return timeline_of(db, services().store, screen_id)
    except NoTimeline:
        return None


def day_view(timeline: Timeline, zone: str, on: date, hour: int) -> DayView:
    starts_ms, ends_ms = day_span(on, zone)
    day = Summary(starts_ms, ends_ms)
    hours = [Summary(at, min(at + HOUR_MS, ends_ms)) for at in range(starts_ms, ends_ms, HOUR_MS)]
    chosen = hours[min(hour, len(hours) - 1)]
    spots = []
    for spot in spots_between(timeline, starts_ms, ends_ms):
        creative_id = creative_of(spot.item) if spot.item else ""
        touched = range(hour_of(spot.starts_ms, day), hour_of(spot.ends_ms - 1, day) + 1)
        for summary in (day, *(hours[nth] for nth in touched)):
            summary.add(creative_id, spot)
        if spot.ends_ms > chosen.starts_ms and spot.starts_ms < chosen.ends_ms:
            spots.append(spot)
    return DayView(on, hours.index(chosen), day, hours, spots)


def hour_of(at_ms: int, day: Summary) -> int:
    """Which hour of the day, counted from its first instant; what reaches beyond the day belongs to its last one."""
    inside_ms = min(max(at_ms, day.starts_ms), day.ends_ms - 1)
    return (inside_ms - day.starts_ms) // HOUR_MS


def spots_between(timeline: Timeline, starts_ms: int, ends_ms: int) -> Iterator[Spot]:
    return takewhile(lambda spot: spot.starts_ms < ends_ms, timeline.spots_from(starts_ms))


def day_span(on: date, zone: str) -> tuple[int, int]:
    """The local day's first instant and that of the next: 23 or 25 hours where clocks change."""
    tz = zone_or_utc(zone)
    first, last = (datetime.combine(day, time(), tz) for day in (on, on + timedelta(days=1)))
    return to_ms(first), to_ms(last)


def shown_of(timeline: Timeline, view: DayView, now_ms: int) -> dict[str, Any]:
    """Everything that the page writes down, ready to be written."""
    items = timeline.manifest.items
    titles = {creative_of(id_): item.title for id_, item in items.items()}
    creative_ids = sorted(filter(None, view.day.shown_ms))
    return {
        "version": timeline.manifest.version,
        "titles": titles,
        "colours": {creative_id: COLOURS[nth % len(COLOURS)] for nth, creative_id in enumerate(creative_ids)},
        "creative_of": creative_of,
        "at": from_ms,
        "tz": ZoneInfo,
        "now_ms": now_ms,
        "now": timeline.spot_at(now_ms),
        "next": timeline.next_after(now_ms),
        "before": view.on - timedelta(days=1),
        "after": view.on + timedelta(days=1),
    }
