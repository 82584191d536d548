"""The delivery report: booked against planned against played, by campaign, screen and day."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlmodel import Session, col, func, select

from server.campaigns.models import Campaign
from server.errors import Invalid
from server.plays.models import DeliveredDay, PlayRow
from server.screens.models import Screen, Venue
from server.timelines.models import PlannedDay

DAYS_MOST = 366

Key = TypeVar("Key", bound=Hashable)


class BadSpan(Invalid):
    """This span of days cannot be reported. Give a first and a last day, in order and at most a year apart."""


@dataclass(frozen=True)
class Counts:
    """Booked and planned spots, those that played in full, those that did not, and how long the played ones took."""

    booked: int = 0
    planned: int = 0
    played: int = 0
    failed: int = 0
    shown_ms: int = 0

    @property
    def share(self) -> float | None:
        """Played of planned; None where nothing was planned."""
        return self.played / self.planned if self.planned else None

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.booked + other.booked,
            self.planned + other.planned,
            self.played + other.played,
            self.failed + other.failed,
            self.shown_ms + other.shown_ms,
        )


@dataclass(frozen=True)
class DeliveryRow:
    """One campaign on one screen on one local day; `campaign_id` is empty for a venue's own notices."""

    campaign_id: str
    campaign: str
    venue_id: str
    venue: str
    screen_id: str
    screen: str
    on: date
    counts: Counts


def delivery(
    db: Session,
    *,
    from_on: date,
    until_on: date,
    campaign_id: str | None = None,
    screen_id: str | None = None,
    venue_ids: Collection[str] | None = None,
    advertiser_id: str | None = None,
) -> list[DeliveryRow]:
    """Rows of both days and all between, by day, campaign and screen; what was planned or played, or both."""
    if not timedelta(0) <= until_on - from_on <= timedelta(days=DAYS_MOST):
        raise BadSpan
    names = _names(db, venue_ids=venue_ids, advertiser_id=advertiser_id)
    scope = _Scope(from_on, until_on, campaign_id, screen_id, venue_ids, advertiser_id)
    counts: dict[tuple[str, str, date], Counts] = defaultdict(Counts)
    for row in _sums(db, PlannedDay, ("booked", "planned"), scope):
        counts[row[:3]] += Counts(booked=row[3], planned=row[4])
    for row in _sums(db, DeliveredDay, ("plays", "failed", "shown_ms"), scope):
        counts[row[:3]] += Counts(played=row[3], failed=row[4], shown_ms=row[5])
    rows = [names.row(key, counts[key]) for key in counts if names.knows(key)]
    return sorted(rows, key=lambda row: (row.on, row.campaign, row.campaign_id, row.venue, row.screen, row.screen_id))


def totals(rows: Iterable[DeliveryRow]) -> Counts:
    return sum((row.counts for row in rows), Counts())


def totals_by(rows: Iterable[DeliveryRow], key: Callable[[DeliveryRow], Key]) -> dict[Key, Counts]:
    """Totals for each campaign, screen or day, in the order in which they come."""
    sums: dict[Key, Counts] = defaultdict(Counts)
    for row in rows:
        sums[key(row)] += row.counts
    return dict(sums)


def recent_plays(
    db: Session,
    since_ms: int,
    *,
    screen_ids: Collection[str] | None = None,
    campaign_id: str | None = None,
    most: int = 200,
) -> list[PlayRow]:
    """The newest plays that began since then, newest first."""
    query = select(PlayRow).where(PlayRow.began_ms >= since_ms)
    if screen_ids is not None:
        query = query.where(col(PlayRow.screen_id).in_(screen_ids))
    if campaign_id is not None:
        query = query.where(PlayRow.campaign_id == campaign_id)
    return list(db.exec(query.order_by(col(PlayRow.began_ms).desc(), col(PlayRow.id).desc()).limit(most)).all())


COLUMNS = (
    *("day", "campaign", "campaign_id", "venue", "screen", "screen_id"),
    *("booked", "planned", "played", "failed", "shown_s", "share"),
)


def csv_lines(db: Session, *, from_on: date, until_on: date, **held_to: Any) -> Iterator[str]:
    """The report as CSV, line by line and day by day, so that a year of a network never stands in memory."""
    if not timedelta(0) <= until_on - from_on <= timedelta(days=DAYS_MOST):
        raise BadSpan
    yield _csv_line(COLUMNS)
    for nth in range((until_on - from_on).days + 1):
        on = from_on + timedelta(days=nth)
        for row in delivery(db, from_on=on, until_on=on, **held_to):
            yield _csv_line(_csv_cells(row))


def _csv_cells(row: DeliveryRow) -> tuple[object, ...]:
    counts = row.counts
    share = "" if counts.share is None else f"{counts.share:.4f}"
    where = (row.on.isoformat(), _plain(row.campaign), row.campaign_id, _plain(row.venue), _plain(row.screen))
    spots = (counts.booked, counts.planned, counts.played, counts.failed)
    return (*where, row.screen_id, *spots, f"{counts.shown_ms / 1000:.3f}", share)


def _plain(name: str) -> str:
    """A name that a spreadsheet would run as a formula is told to be text."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "\t", "\r") else name


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


# --- looking up


@dataclass(frozen=True)
class _Names:
    """The campaigns and screens that this report may tell of."""

    campaigns: dict[str, str]
    screens: dict[str, tuple[str, str, str]]

    def knows(self, key: tuple[str, str, date]) -> bool:
        return key[0] in self.campaigns and key[1] in self.screens

    def row(self, key: tuple[str, str, date], counts: Counts) -> DeliveryRow:
        campaign_id, screen_id, on = key
        screen, venue_id, venue = self.screens[screen_id]
        return DeliveryRow(campaign_id, self.campaigns[campaign_id], venue_id, venue, screen_id, screen, on, counts)


def _names(db: Session, *, venue_ids: Collection[str] | None, advertiser_id: str | None) -> _Names:
    """An advertiser sees own campaigns alone, and no notices of venues."""
    campaigns = select(Campaign.id, Campaign.name)
    if advertiser_id is not None:
        campaigns = campaigns.where(Campaign.advertiser_id == advertiser_id)
    screens = select(Screen.id, Screen.name, Venue.id, Venue.name).join(Venue, col(Venue.id) == Screen.venue_id)
    if venue_ids is not None:
        screens = screens.where(col(Venue.id).in_(venue_ids))
    notices = {"": ""} if advertiser_id is None else {}
    return _Names(
        notices | dict(db.exec(campaigns).all()),
        {id_: (name, venue_id, venue) for id_, name, venue_id, venue in db.exec(screens)},
    )


@dataclass(frozen=True)
class _Scope:
    """The days, and what the report is held to."""

    from_on: date
    until_on: date
    campaign_id: str | None
    screen_id: str | None
    venue_ids: Collection[str] | None
    advertiser_id: str | None

    def conditions(self, table: type[PlannedDay] | type[DeliveredDay]) -> Iterator[Any]:
        yield col(table.on).between(self.from_on, self.until_on)
        if self.campaign_id is not None:
            yield col(table.campaign_id) == self.campaign_id
        if self.screen_id is not None:
            yield col(table.screen_id) == self.screen_id
        if self.venue_ids is not None:
            yield col(table.screen_id).in_(select(Screen.id).where(col(Screen.venue_id).in_(self.venue_ids)))
        if self.advertiser_id is not None:
            own = select(Campaign.id).where(Campaign.advertiser_id == self.advertiser_id)
            yield col(table.campaign_id).in_(own)


def _sums(
    db: Session, table: type[PlannedDay] | type[DeliveredDay], sums: tuple[str, ...], scope: _Scope
) -> Iterable[Any]:
    """Campaign, screen, day and the sums over its creatives."""
    keys = (table.campaign_id, table.screen_id, table.on)
    query = select(*keys, *(func.sum(getattr(table, name)) for name in sums))  # type: ignore[call-overload]
    found = db.exec(query.where(*scope.conditions(table)).group_by(*keys))
    return ((*row[:3], *(int(number) for number in row[3:])) for row in found)
