"""Whether a venue is open, since when, or when it opens next: by its weekly hours and its own clock. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from server.db import from_ms, to_ms
from server.planner.model.days import ALWAYS, LocalDay, known_date_at, local_day, ranges_within, weekly_spans
from server.screens.models import Venue
from server.zones import zone_or_utc

SECOND_MS = 1000
DAYS_AHEAD = 15  # a weekday's hours return after seven days, unless the zone leaves that date out


@dataclass(frozen=True)
class Opening:
    """`since`: from when on it is open today; None while it is closed. `closed_until`: None while it is open.

    Both are None for a venue whose zone this machine does not know.
    """

    since: datetime | None
    closed_until: datetime | None = None


def opening_of(venue: Venue, now: datetime) -> Opening:
    spans, now_ms = weekly_spans(venue.hours), to_ms(now)
    if spans == ALWAYS:
        return Opening(since=datetime.min.replace(tzinfo=now.tzinfo))
    today = known_date_at(venue.zone, now_ms)
    if today is None:
        return Opening(since=None)
    for day in _days_from(venue.zone, today):
        for first, end in ranges_within(day, spans, SECOND_MS):
            begins_ms, ends_ms = day.starts_ms + first * SECOND_MS, day.starts_ms + end * SECOND_MS
            if now_ms < begins_ms:
                return Opening(since=None, closed_until=from_ms(begins_ms))
            if now_ms < ends_ms:
                return Opening(since=from_ms(begins_ms))
    raise AssertionError("hours that are never open are refused")


def local_date(zone: str, at: datetime) -> date:
    """The local time by the zone's clock, or by UTC if this machine does not know the zone."""
    return known_date_at(zone, to_ms(at)) or at.date()


def local_midnight(zone: str, at: datetime) -> datetime:
    """The beginning of the local day by the zone's clock, or by UTC if this machine does not know the zone."""
    local = at.astimezone(zone_or_utc(zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC)


def _days_from(zone: str, first: date) -> Iterator[LocalDay]:
    for nth in range(DAYS_AHEAD):
        day = local_day(zone, first + timedelta(days=nth))
        if day is not None:
            yield day
