"""Planned and delivered plays summed over all screens.

Of settled days from their sums (`plays/settle.py`), so that a year of a large network is a few thousand rows; of later
days from the rows of every screen. A report of certain screens or venues reads these rows for all of its days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, and_, col, false, func, or_, select

from server.plays.models import DELIVERED_SUMS, CampaignSum, DeliveredDay, LateCount
from server.plays.report import Conditions, DeliveryFilter, begun_days, known_campaigns
from server.plays.settle import PLANNED_SUMS, of_settled_days, open_rows, settled
from server.timelines.models import PlannedDay

CREATIVE_COLUMN = {DeliveredDay: "item"}  # in other tables it is `creative_id`


def sums_over_screens(
    db: Session, chosen: DeliveryFilter, keys: Sequence[str], *, now: datetime
) -> dict[tuple[Any, ...], Counter[str]]:
    """The sums of each combination of the keys, by the names of PLANNED_SUMS and DELIVERED_SUMS; of known campaigns.

    keys: of `campaign_id` (empty for notices and house content), `creative_id` and `on`
    db: reads of one moment, or a day that is settled meanwhile could be counted twice
    """
    conditions = Conditions(chosen, begun_days(db, now))
    of_some_screens = chosen.screen_id is not None or chosen.venue_ids is not None
    parts = _of_screens(conditions, keys) if of_some_screens else _of_all(db, conditions, keys)
    found: dict[tuple[Any, ...], Counter[str]] = {}
    for query, names in parts:
        for row in db.exec(query):
            key, numbers = tuple(row[: len(keys)]), row[len(keys) :]
            found.setdefault(key, Counter()).update({n: int(m) for n, m in zip(names, numbers, strict=True)})
    return found


Part = tuple[Any, Sequence[str]]  # a query, and the names of the sums behind its keys
BY_SCREEN: tuple[tuple[type[PlannedDay] | type[DeliveredDay], Sequence[str]], ...] = (
    (PlannedDay, PLANNED_SUMS),
    (DeliveredDay, DELIVERED_SUMS),
)


def _of_screens(conditions: Conditions, keys: Sequence[str]) -> Iterator[Part]:
    for table, names in BY_SCREEN:
        yield _sums(table, keys, names).where(*conditions.of(table)), names


def _of_all(db: Session, conditions: Conditions, keys: Sequence[str]) -> Iterator[Part]:
    until, before = settled(db), conditions.chosen.until_on + timedelta(days=1)
    names = (*PLANNED_SUMS, *DELIVERED_SUMS)
    yield _sums(CampaignSum, keys, names).where(*conditions.of_campaigns(CampaignSum)), names
    late = _sums(LateCount, keys, DELIVERED_SUMS).where(*conditions.of_campaigns(LateCount))
    yield of_settled_days(late, until), DELIVERED_SUMS
    first = min(until.values(), default=before)  # the index finds the rows after it
    for table, of_table in BY_SCREEN:
        not_settled = (and_(*open_rows(table, zone, after=last, before=before)) for zone, last in until.items())
        rows = (col(table.on) > first, or_(false(), *not_settled), *conditions.of(table))
        yield _sums(table, keys, of_table).where(*rows), of_table


def _sums(table: Any, keys: Sequence[str], names: Sequence[str]) -> Any:
    creative = CREATIVE_COLUMN.get(table, "creative_id")
    columns = [col(getattr(table, creative if key == "creative_id" else key)) for key in keys]
    sums = (func.sum(getattr(table, name)) for name in names)
    return select(*columns, *sums).where(known_campaigns(table)).group_by(*columns)
