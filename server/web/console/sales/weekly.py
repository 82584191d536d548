"""A campaign's hours of the week: a line of hours for each weekday on the page, dayparts in the domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from server.campaigns.forms import DaypartForm
from server.errors import Invalid
from server.screens.hours import DAY_MIN, WEEKDAYS
from server.web.console.network.hours import UnreadableHours, read_line, write_line
from server.web.console.network.venue_form import fault_words
from server.web.console.words import WEEKDAYS as NAMES

WHOLE_DAY = [[0, DAY_MIN]]


class UnreadableDayparts(Invalid):
    """These hours cannot be read. Write them like 8:00-12:00, 14:20-15:50."""


def dayparts_of(values: Mapping[str, Any]) -> list[dict[str, int]]:
    """Of the lines `hours_0` to `hours_6`. All of the week, like none of it, is always. Raises UnreadableDayparts."""
    week = {weekday: _spans(weekday, str(values.get(f"hours_{weekday}", ""))) for weekday in WEEKDAYS}
    if all(spans == WHOLE_DAY for spans in week.values()):
        return []
    return [
        {"weekday": int(weekday), "from_min": begins, "until_min": ends}
        for weekday, spans in week.items()
        for begins, ends in spans
    ]


def lines_of(dayparts: Iterable[DaypartForm]) -> dict[str, str]:
    """The lines that say these dayparts."""
    ordered = sorted(dayparts, key=lambda part: part.from_min)
    spans = {day: [(part.from_min, part.until_min) for part in ordered if str(part.weekday) == day] for day in WEEKDAYS}
    return {f"hours_{weekday}": write_line(spans[weekday]) for weekday in WEEKDAYS}


def _spans(weekday: str, line: str) -> list[list[int]]:
    try:
        return read_line(line, nights=True)
    except UnreadableHours as error:
        raise UnreadableDayparts(fault_words(NAMES[int(weekday)], error), remedy=UnreadableDayparts().remedy) from error
