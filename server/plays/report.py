"""The delivery report: booked against planned against played, by campaign, screen and day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlmodel import Session, and_, col, func, or_, select

from server.campaigns.models import Campaign
from server.csv_export import csv_line
from server.errors import Invalid
from server.plays.models import (
    STORED,
    CampaignSum,
    DeliveredDay,
    LateCount,
    PhonesHour,
    PlayRow,
    UncountedPlays,
)
from server.plays.played import todays
from server.screens.models import Screen, Venue
from server.timelines.models import PlannedDay

DAYS_MOST = 366
# A local date begins up to 14 hours before the same date in UTC and ends up to 12 hours after it; a play belongs to the
# date of its planned start, and may begin an hour from that (STRAY_MS in plays/judge.py).
EARLIEST, LATEST = timedelta(hours=15), timedelta(hours=13)

CountedTable = type[PlannedDay] | type[DeliveredDay] | type[UncountedPlays] | type[PhonesHour] | type[PlayRow]


class BadSpan(Invalid):
    """This span of days cannot be reported. Give a first and a last day, in order and at most a year apart."""


@dataclass(frozen=True)
class DeliveryFilter:
    """Which days (both included, local to each screen's venue) and whose plays a report counts; None means all.

    Raises BadSpan if the days are out of order or more than a year apart.
    """

    from_on: date
    until_on: date
    campaign_id: str | None = None
    screen_id: str | None = None
    venue_ids: Collection[str] | None = None
    advertiser_id: str | None = None

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.until_on - self.from_on <= timedelta(days=DAYS_MOST):
            raise BadSpan

    def instants(self) -> tuple[datetime, datetime]:
        """Every play of these days began between these, wherever its venue is; so did plays of the days beside them."""
        first, last = (datetime.combine(on, time(), UTC) for on in (self.from_on, self.until_on))
        return first - EARLIEST, last + timedelta(days=1) + LATEST

    def single_days(self) -> Iterator[DeliveryFilter]:
        for nth in range((self.until_on - self.from_on).days + 1):
            on = self.from_on + timedelta(days=nth)
            yield replace(self, from_on=on, until_on=on)


@dataclass(frozen=True)
class Counts:
    """Booked and planned spots, spots played in full, failed spots, and the shown time of the played ones.

    uncounted: reported plays that do not count; they are in no other number
    """

    booked: int = 0
    planned: int = 0
    played: int = 0
    failed: int = 0
    shown_ms: int = 0
    uncounted: int = 0

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
            self.uncounted + other.uncounted,
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


def delivery(db: Session, chosen: DeliveryFilter, *, now: datetime) -> list[DeliveryRow]:
    """One row for each day, campaign and screen with spots planned or plays reported, in this order.

    Days that have not begun at the screen's venue are left out.
    """
    names = names_of(db, chosen)
    conditions = Conditions(chosen, begun_days(db, now))
    counts: dict[tuple[str, str, date], Counts] = defaultdict(Counts)
    for row in sums_by(db, PlannedDay, _by_screen(PlannedDay), ("booked", "planned"), conditions):
        counts[row[:3]] += Counts(booked=row[3], planned=row[4])
    for row in sums_by(db, DeliveredDay, _by_screen(DeliveredDay), ("plays", "failed", "shown_ms"), conditions):
        counts[row[:3]] += Counts(played=row[3], failed=row[4], shown_ms=row[5])
    for row in sums_by(db, UncountedPlays, _by_screen(UncountedPlays), ("plays",), conditions):
        counts[row[:3]] += Counts(uncounted=row[3])
    rows = [names.row(key, counts[key]) for key in counts if names.knows(key)]
    return sorted(rows, key=lambda row: (row.on, row.campaign, row.campaign_id, row.venue, row.screen, row.screen_id))


def _by_screen(table: CountedTable) -> tuple[Any, ...]:
    return col(table.campaign_id), col(table.screen_id), col(table.on)


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


COUNT_COLUMNS = ("booked", "planned", "played", "failed", "shown_s", "share")
COLUMNS = ("day", "campaign", "campaign_id", "venue", "screen", "screen_id", *COUNT_COLUMNS, "not_counted")


def csv_lines(db: Session, chosen: DeliveryFilter, *, now: datetime) -> Iterator[str]:
    """The report as CSV, line by line and day by day, so that a year of a network is never in memory at once."""
    yield csv_line(*COLUMNS)
    for day in chosen.single_days():
        for row in delivery(db, day, now=now):
            yield csv_line(*_csv_cells(row))


def _csv_cells(row: DeliveryRow) -> tuple[object, ...]:
    where = (row.on.isoformat(), row.campaign, row.campaign_id, row.venue, row.screen, row.screen_id)
    return (*where, *csv_counts(row.counts), row.counts.uncounted)


def csv_counts(counts: Counts) -> tuple[object, ...]:
    share = "" if counts.share is None else f"{counts.share:.4f}"
    spots = (counts.booked, counts.planned, counts.played, counts.failed)
    return (*spots, f"{counts.shown_ms / 1000:.3f}", share)


# --- queries


@dataclass(frozen=True)
class Names:
    """Names of the campaigns and screens that this report may contain."""

    campaigns: dict[str, str]
    screens: dict[str, tuple[str, str, str]]

    def knows(self, key: tuple[str, str, date]) -> bool:
        return key[0] in self.campaigns and key[1] in self.screens

    def row(self, key: tuple[str, str, date], counts: Counts) -> DeliveryRow:
        campaign_id, screen_id, on = key
        screen, venue_id, venue = self.screens[screen_id]
        return DeliveryRow(campaign_id, self.campaigns[campaign_id], venue_id, venue, screen_id, screen, on, counts)


def names_of(db: Session, chosen: DeliveryFilter) -> Names:
    """The names that the filter allows."""
    screens = select(Screen.id, Screen.name, Venue.id, Venue.name).join(Venue, col(Venue.id) == Screen.venue_id)
    if chosen.venue_ids is not None:
        screens = screens.where(col(Venue.id).in_(chosen.venue_ids))
    return Names(
        campaign_names(db, chosen),
        {id_: (name, venue_id, venue) for id_, name, venue_id, venue in db.exec(screens)},
    )


def campaign_names(db: Session, chosen: DeliveryFilter) -> dict[str, str]:
    """An advertiser sees only its own campaigns, and no notices of venues."""
    campaigns = select(Campaign.id, Campaign.name)
    if chosen.advertiser_id is not None:
        return dict(db.exec(campaigns.where(Campaign.advertiser_id == chosen.advertiser_id)).all())
    return {"": ""} | dict(db.exec(campaigns).all())


@dataclass(frozen=True)
class BegunDays:
    """The newest day that has begun in every zone; and later days, each with the zones in which it has begun."""

    everywhere: date
    later: dict[date, list[str]]

    def condition(self, table: CountedTable) -> Any:
        def in_zones(zones: list[str]) -> Any:
            screens = select(Screen.id).join(Venue, col(Venue.id) == Screen.venue_id).where(col(Venue.zone).in_(zones))
            return col(table.screen_id).in_(screens)

        later = (and_(col(table.on) <= on, in_zones(zones)) for on, zones in self.later.items())
        return or_(col(table.on) <= self.everywhere, *later)


def begun_days(db: Session, now: datetime) -> BegunDays:
    today = dict(todays(db, now))
    everywhere = min(today.values(), default=now.date())
    later: dict[date, list[str]] = defaultdict(list)
    for zone, on in today.items():
        if on > everywhere:
            later[on].append(zone)
    return BegunDays(everywhere, dict(later))


@dataclass(frozen=True)
class Conditions:
    """The filter of a report as SQL conditions."""

    chosen: DeliveryFilter
    begun: BegunDays

    def of(self, table: CountedTable) -> Iterator[Any]:
        chosen = self.chosen
        yield from self.of_campaigns(table)
        yield self.begun.condition(table)
        if table is UncountedPlays:  # refused plays are recorded without a campaign
            yield col(UncountedPlays.reason).in_(STORED)
        if chosen.screen_id is not None:
            yield col(table.screen_id) == chosen.screen_id
        if chosen.venue_ids is not None:
            yield col(table.screen_id).in_(select(Screen.id).where(col(Screen.venue_id).in_(chosen.venue_ids)))

    def of_campaigns(self, table: CountedTable | type[CampaignSum] | type[LateCount]) -> Iterator[Any]:
        """Without those of screens."""
        chosen = self.chosen
        yield col(table.on).between(chosen.from_on, chosen.until_on)
        if chosen.campaign_id is not None:
            yield col(table.campaign_id) == chosen.campaign_id
        if chosen.advertiser_id is not None:
            own = select(Campaign.id).where(Campaign.advertiser_id == chosen.advertiser_id)
            yield col(table.campaign_id).in_(own)


def sums_by(
    db: Session,
    table: CountedTable,
    keys: tuple[Any, ...],
    sums: tuple[str, ...],
    conditions: Conditions,
    *more: Any,
) -> Iterable[Any]:
    """Rows of the keys, followed by the sums over all rows that share them. `more`: further SQL conditions"""
    query = select(*keys, *(func.sum(getattr(table, name)) for name in sums))
    found = db.exec(query.where(*conditions.of(table), *more).group_by(*keys))
    return ((*row[: len(keys)], *(int(number) for number in row[len(keys) :])) for row in found)


def known_campaigns(table: Any) -> Any:
    """An SQL condition. Notices and house content, which have no campaign, are known."""
    return or_(col(table.campaign_id) == "", col(table.campaign_id).in_(select(Campaign.id)))
