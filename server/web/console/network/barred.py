"""Barred categories as rows of a form: a category, on which days, and in which hours; several rows may be of one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from server.planner.model.days import merge
from server.screens.hours import DAY_MIN, WEEKDAYS
from server.web.console.network.hours import UnreadableHours, read_line, write_line

EVERY_DAY = "".join(WEEKDAYS)
# Days that a row may name: every day, the working week, the weekend, or one day.
DAYS = (EVERY_DAY, "01234", "56", *WEEKDAYS)
ROWS_MOST = 100

Row = Mapping[str, str]


class NamelessRule(ValueError):
    """A row with hours and no category."""


class UnreadableRule(ValueError):
    """The hours of a rule cannot be read."""

    def __init__(self, category: str, fault: UnreadableHours) -> None:
        super().__init__(category)
        self.category, self.fault = category, fault


def read_rules(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """A rule for each category. No hours at all on every day: always barred. Raises NamelessRule, UnreadableRule."""
    rules: dict[str, dict[str, Any]] = {}
    spans: dict[str, dict[str, list[list[int]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        category, days = row.get("category", "").strip(), row.get("days", "")
        hours = _hours(category, row.get("hours", ""))
        if not category and hours:
            raise NamelessRule
        if not category:
            continue
        key = category.casefold()
        rules.setdefault(key, {"category": category, "hours": {}})
        for weekday in days if days in DAYS else EVERY_DAY:
            spans[key][weekday] += hours or [[0, DAY_MIN]]
    return [rule | {"hours": _week(spans[key])} for key, rule in rules.items()]


def _hours(category: str, line: str) -> list[list[int]]:
    try:
        return read_line(line)
    except UnreadableHours as fault:
        raise UnreadableRule(category, fault) from fault


def write_rules(rules: Iterable[Mapping[str, Any]]) -> list[Row]:
    return [row for rule in rules for row in _rows(str(rule["category"]), rule["hours"])]


def _week(spans: Mapping[str, list[list[int]]]) -> dict[str, list[list[int]]]:
    week = {day: [[a, b] for a, b in merge(sorted((a, b) for a, b in mine))] for day, mine in spans.items()}
    always = all(week.get(day) == [[0, DAY_MIN]] for day in WEEKDAYS)
    return {} if always else week


def _rows(category: str, hours: Mapping[str, list[list[int]]]) -> list[Row]:
    if not hours:
        return [{"category": category, "days": EVERY_DAY, "hours": ""}]
    alike: dict[str, str] = defaultdict(str)
    for weekday in WEEKDAYS:
        if hours.get(weekday):
            alike[write_line(hours[weekday])] += weekday
    parts = [(part, line) for line, days in alike.items() for part in ([days] if days in DAYS else days)]
    return [{"category": category, "days": days, "hours": line} for days, line in parts]
