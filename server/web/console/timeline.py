"""A day's timeline of a screen: what shows when, what is now, and how often each item comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field

from media.timeline import Timeline
from media.wire import Spot
from server.accounts.rights import Right
from server.creatives.items import creative_of
from server.db import from_ms, get_or_raise, to_ms, utc_now
from server.screens.models import Screen, Venue
from server.screens.venues import NoScreen, NoVenue
from server.timelines.read import NoTimeline, timeline_of
from server.web.auth import needs
from server.web.console.room import bp
from server.web.context import house, reading
from server.web.forms import asked
from server.web.off_hub import off_hub
from server.years import Day

# Colours of the strip, one for each creative in turn; read well on light and dark.
COLOURS = ("#0b6b63", "#b5651d", "#5b5fc7", "#a23b72", "#4f7d2b", "#8a6d00", "#2d6fa3", "#7a4b9e")


HOUR_MS = 3_600_000


class TimelineAsk(BaseModel):
    """A local day of the venue and an hour of it: now, where not told.

    Hours are counted from the day's first instant: a day with a clock change may have 25 of them."""

    model_config = ConfigDict(frozen=True)

    on: Day | None = None
    hour: int | None = Field(None, ge=0, le=24)


@dataclass(frozen=True)
class DayView:
    """One local day: the chosen hour's spots, and for each creative its spots and time of the whole day."""

    on: date
    hour: int
    starts_ms: int
    ends_ms: int
    spots: list[Spot]
    counts: Counter[str]
    shown_ms: Counter[str]

    @property
    def hour_starts_ms(self) -> int:
        return self.starts_ms + self.hour * HOUR_MS


@bp.get("/screens/<screen_id>/timeline")
@needs(Right.SEE_SCREENS)
def timeline(screen_id: str) -> ResponseReturnValue:
    ask, now = asked(TimelineAsk), utc_now()
    with reading() as db:
        screen = get_or_raise(db, Screen, screen_id, NoScreen)
        venue = get_or_raise(db, Venue, screen.venue_id, NoVenue)
        published = published_timeline(db, screen_id)
    if published is None:
        return render_template("console/timeline.html", screen=screen, venue=venue, view=None)
    on = ask.on or now.astimezone(ZoneInfo(venue.zone)).date()
    hour = hour_now(on, venue, now) if ask.hour is None else ask.hour
    view = off_hub(day_view, published, venue.zone, on, hour)
    shown = shown_of(published, view, to_ms(now))
    return render_template("console/timeline.html", screen=screen, venue=venue, view=view, **shown)


def hour_now(on: date, venue: Venue, now: datetime) -> int:
    """The hour that passes now, if it is that day; of another day the first."""
    starts_ms, ends_ms = day_span(on, venue.zone)
    return (to_ms(now) - starts_ms) // HOUR_MS if starts_ms <= to_ms(now) < ends_ms else 0


def published_timeline(db: Any, screen_id: str) -> Timeline | None:
    try:
        return timeline_of(db, house().store, screen_id)
    except NoTimeline:
        return None


def day_view(timeline: Timeline, zone: str, on: date, hour: int) -> DayView:
    starts_ms, ends_ms = day_span(on, zone)
    from_ms_ = starts_ms + hour * HOUR_MS
    counts: Counter[str] = Counter()
    shown_ms: Counter[str] = Counter()
    spots = []
    for spot in spots_between(timeline, starts_ms, ends_ms):
        key = creative_of(spot.item) if spot.item else ""
        counts[key] += 1
        shown_ms[key] += spot.ends_ms - spot.starts_ms
        if spot.ends_ms > from_ms_ and spot.starts_ms < from_ms_ + HOUR_MS:
            spots.append(spot)
    return DayView(on, hour, starts_ms, ends_ms, spots, counts, shown_ms)


def spots_between(timeline: Timeline, starts_ms: int, ends_ms: int) -> Iterator[Spot]:
    return takewhile(lambda spot: spot.starts_ms < ends_ms, timeline.spots_from(starts_ms))


def day_span(on: date, zone: str) -> tuple[int, int]:
    """The local day's first instant and that of the next: 23 or 25 hours where clocks change."""
    tz = ZoneInfo(zone)
    first, last = (datetime.combine(day, time(), tz) for day in (on, on + timedelta(days=1)))
    return to_ms(first), to_ms(last)


def shown_of(timeline: Timeline, view: DayView, now_ms: int) -> dict[str, Any]:
    """Everything that the page writes down, ready to be written."""
    items = timeline.manifest.items
    titles = {creative_of(id_): item.title for id_, item in items.items()}
    colours = {key: COLOURS[nth % len(COLOURS)] for nth, key in enumerate(sorted(filter(None, view.counts)))}
    return {
        "version": timeline.manifest.version,
        "titles": titles,
        "colours": colours,
        "creative_of": creative_of,
        "at": from_ms,
        "tz": ZoneInfo,
        "now_ms": now_ms,
        "now": timeline.spot_at(now_ms),
        "next": timeline.next_after(now_ms),
        "hours": range(-(-(view.ends_ms - view.starts_ms) // HOUR_MS)),
        "before": view.on - timedelta(days=1),
        "after": view.on + timedelta(days=1),
    }
