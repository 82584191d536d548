"""The report as a page shows it: sums and the first rows, both made by the database.

A year of a large network is millions of rows of the delivery report. A page needs none of them but the first few
hundred, so no more than these reach this process.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, collate
from sqlmodel import Session, col, func, or_, select

from server.campaigns.models import Campaign
from server.db import on_postgres
from server.plays.models import DeliveredDay, UncountedPlays
from server.plays.report import (
    Conditions,
    CountedTable,
    Counts,
    DeliveryFilter,
    DeliveryRow,
    begun_days,
    campaign_names,
    sums_by,
)
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
    """The sums of the rows of `report.delivery`."""
    names, conditions = campaign_names(db, chosen), Conditions(chosen, begun_days(db, now))
    by_campaign: dict[tuple[str, str], Counts] = defaultdict(Counts)
    by_day: dict[date, Counts] = defaultdict(Counts)
    for table, sums, fields in COUNTED:
        for campaign_id, on, *numbers in sums_by(db, table, _by_campaign_and_day(table), sums, conditions):
            if campaign_id in names:
                counts = Counts(**dict(zip(fields, numbers, strict=True)))
                by_campaign[campaign_id, names[campaign_id]] += counts
                by_day[on] += counts
    in_order = dict(sorted(by_campaign.items(), key=lambda item: (item[0][1], item[0][0])))
    return DeliveryTotals(sum(by_day.values(), Counts()), in_order, dict(sorted(by_day.items())))


def _by_campaign_and_day(table: CountedTable) -> tuple[Any, ...]:
    return col(table.campaign_id), col(table.on)


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
) -> Sequence[tuple[Any, ...]]:
    """The keys, as in RowKey, and the sums."""
    ids = (col(table.on), col(table.campaign_id), col(table.screen_id))
    names = (col(Campaign.name), col(Venue.name), col(Screen.name), col(Venue.id))
    key = RowKey(ids[0], func.coalesce(names[0], ""), ids[1], *names[1:3], ids[2], names[3])  # type: ignore[arg-type]
    query: Any = select(*key, *(func.sum(getattr(table, name)) for name in sums))
    query = query.join(Screen, col(Screen.id) == col(table.screen_id)).join(Venue, col(Venue.id) == Screen.venue_id)
    query = query.outerjoin(Campaign, col(Campaign.id) == col(table.campaign_id))
    known = or_(col(table.campaign_id) == "", col(Campaign.id).is_not(None))
    rows = query.where(known, *conditions.of(table)).group_by(*ids, *names)
    in_order = rows.order_by(key.on, *(by_symbols(db, text) for text in key[1:]))
    return db.exec(in_order.limit(most)).all()


def by_symbols(db: Session, text: Any) -> ColumnElement[str]:
    """Ordered as Python orders texts, by their symbols' numbers; PostgreSQL would follow its own language's rules."""
    return collate(text, "C" if on_postgres(db) else "BINARY")
