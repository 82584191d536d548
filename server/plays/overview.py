"""The report as a page shows it: by campaign, day and creative, and the first rows of the delivery report.

A year of a large network is millions of these rows, of which only the first few hundred reach this process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, collate
from sqlmodel import Session, col, func, select

from server.campaigns.models import Campaign
from server.creatives.models import Creative
from server.csv_export import csv_line
from server.db import on_postgres
from server.plays.models import DeliveredDay, UncountedPlays
from server.plays.report import (
    COUNT_COLUMNS,
    Conditions,
    CountedTable,
    Counts,
    DeliveryFilter,
    DeliveryRow,
    begun_days,
    campaign_names,
    csv_counts,
    known_campaigns,
    sums_by,
)
from server.plays.sums import sums_over_screens
from server.screens.models import Screen, Venue
from server.timelines.models import PlannedDay

# Each table, its sums, and the counts that these are.
COUNTED: tuple[tuple[CountedTable, tuple[str, ...], tuple[str, ...]], ...] = (
    (PlannedDay, ("booked", "planned"), ("booked", "planned")),
    (DeliveredDay, ("plays", "failed", "shown_ms"), ("played", "failed", "shown_ms")),
    (UncountedPlays, ("plays",), ("uncounted",)),
)


@dataclass(frozen=True)
class DeliveryTotals:
    """The same counts summed three ways; campaigns by (id, name), in the order of their names."""

    all: Counts
    by_campaign: Mapping[tuple[str, str], Counts]
    by_day: Mapping[date, Counts]


def delivery_totals(db: Session, chosen: DeliveryFilter, *, now: datetime) -> DeliveryTotals:
    """The sums of the rows of `report.delivery`. db: reads of one moment (`plays/sums.py`)"""
    names = campaign_names(db, chosen)
    by_campaign = _counts_by(db, chosen, "campaign_id", now)
    named = {(id_, names[id_]): counts for id_, counts in by_campaign.items() if id_ in names}
    in_order = dict(sorted(named.items(), key=lambda item: (item[0][1], item[0][0])))
    by_day = dict(sorted(_counts_by(db, chosen, "on", now).items()))
    return DeliveryTotals(sum(in_order.values(), Counts()), in_order, by_day)


def _counts_by(db: Session, chosen: DeliveryFilter, key: str, now: datetime) -> dict[Any, Counts]:
    sums = sums_over_screens(db, chosen, (key,), now=now)
    counts = defaultdict(Counts, {value: _counts_of(of) for (value,), of in sums.items()})
    table, conditions = UncountedPlays, Conditions(chosen, begun_days(db, now))
    uncounted = sums_by(db, table, (getattr(table, key),), ("plays",), conditions, known_campaigns(table))
    for value, plays in uncounted:
        counts[value] += Counts(uncounted=plays)
    return counts


def _counts_of(sums: Mapping[str, int]) -> Counts:
    return Counts(sums["booked"], sums["planned"], sums["plays"], sums["failed"], sums["shown_ms"])


# --- by creative


@dataclass(frozen=True)
class CreativeRow:
    """One creative of one campaign, summed over screens and days; notices and house content have no campaign."""

    campaign_id: str
    campaign: str
    creative_id: str
    creative: str
    counts: Counts


def creative_delivery(db: Session, chosen: DeliveryFilter, *, now: datetime) -> list[CreativeRow]:
    """The same counts by campaign and creative, ordered by their names. db: reads of one moment (`plays/sums.py`)"""
    campaigns = campaign_names(db, chosen)
    found = sums_over_screens(db, chosen, ("campaign_id", "creative_id"), now=now)
    titles = _titles(db, {creative_id for _, creative_id in found})
    rows = [
        CreativeRow(campaign_id, campaigns[campaign_id], creative_id, titles.get(creative_id, ""), _counts_of(sums))
        for (campaign_id, creative_id), sums in found.items()
        if campaign_id in campaigns
    ]
    return sorted(rows, key=lambda row: (row.campaign, row.campaign_id, row.creative, row.creative_id))


def creative_csv_lines(rows: Iterable[CreativeRow]) -> Iterator[str]:
    yield csv_line("campaign", "campaign_id", "creative", "creative_id", *COUNT_COLUMNS)
    for row in rows:
        yield csv_line(row.campaign, row.campaign_id, row.creative, row.creative_id, *csv_counts(row.counts))


def _titles(db: Session, creative_ids: Collection[str]) -> dict[str, str]:
    return dict(db.exec(select(Creative.id, Creative.title).where(col(Creative.id).in_(creative_ids))).all())


# --- the first rows


def first_rows(db: Session, chosen: DeliveryFilter, *, most: int, now: datetime) -> list[DeliveryRow]:
    """The first rows of `report.delivery`.

    Days are read in growing batches, because the first of them has enough rows in a large network.
    """
    rows: list[DeliveryRow] = []
    begun, from_on, days = begun_days(db, now), chosen.from_on, 1
    while len(rows) < most and from_on <= chosen.until_on:
        until_on = min(from_on + timedelta(days=days - 1), chosen.until_on)
        part = Conditions(replace(chosen, from_on=from_on, until_on=until_on), begun)
        rows += _first_of(db, part, most - len(rows))
        from_on, days = until_on + timedelta(days=1), 2 * days
    return rows


class RowKey(NamedTuple):
    """In the order of the rows."""

    on: date
    campaign: str
    campaign_id: str
    venue: str
    screen: str
    screen_id: str
    venue_id: str


def _first_of(db: Session, conditions: Conditions, most: int) -> list[DeliveryRow]:
    """Merged from the first rows of each table: a row among the first of all is among the first of each that has it."""
    found: dict[RowKey, Counts] = defaultdict(Counts)
    for table, sums, fields in COUNTED:
        for row in _rows_of(db, table, sums, conditions, most):
            key, numbers = RowKey(*row[: -len(sums)]), (int(number) for number in row[-len(sums) :])
            found[key] += Counts(**dict(zip(fields, numbers, strict=True)))
    return [DeliveryRow(**key._asdict(), counts=found[key]) for key in sorted(found)[:most]]


def _rows_of(
    db: Session, table: CountedTable, sums: tuple[str, ...], conditions: Conditions, most: int
) -> Iterable[Any]:
    """The keys, in the order of RowKey, and the sums."""
    ids = (col(table.on), col(table.campaign_id), col(table.screen_id))
    names = (col(Campaign.name), col(Venue.name), col(Screen.name), col(Venue.id))
    key: tuple[Any, ...] = (ids[0], func.coalesce(names[0], ""), ids[1], *names[1:3], ids[2], names[3])
    query: Any = select(*key, *(func.sum(getattr(table, name)) for name in sums))
    query = query.join(Screen, col(Screen.id) == col(table.screen_id)).join(Venue, col(Venue.id) == Screen.venue_id)
    query = query.outerjoin(Campaign, col(Campaign.id) == col(table.campaign_id))
    rows = query.where(known_campaigns(table), *conditions.of(table)).group_by(*ids, *names)
    in_order = rows.order_by(key[0], *(by_symbols(db, text) for text in key[1:]))
    found: Iterable[Any] = db.exec(in_order.limit(most))
    return found


def by_symbols(db: Session, text: Any) -> ColumnElement[str]:
    """Ordered as Python orders texts, by their symbols' numbers; PostgreSQL would follow its own language's rules."""
    return collate(text, "C" if on_postgres(db) else "BINARY")
