"""Opening hours as people write them: `08:00-12:00, 13:30-22:00`, a line for each weekday."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from server.screens.hours import WEEKDAYS, Hours

SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})$")
COMMAS = re.compile("[,;\uff0c\uff1b\u3001]")
DASHES = {"", "-", "–", "—"}


class UnreadableHours(ValueError):
    """What was typed is no span of hours."""


def read_week(lines: Mapping[str, str]) -> Hours:
    """All seven lines empty: always open. A single empty line: closed on that day."""
    week = {weekday: read_line(lines.get(weekday, "")) for weekday in WEEKDAYS}
    return week if any(week.values()) else {}


def read_line(line: str) -> list[list[int]]:
    if line.strip() in DASHES:
        return []
    return [read_span(span.strip()) for span in COMMAS.split(line) if span.strip()]


def read_span(span: str) -> list[int]:
    found = SPAN.match(span)
    if not found:
        raise UnreadableHours(span)
    from_h, from_m, until_h, until_m = map(int, found.groups())
    begins, ends = from_h * 60 + from_m, until_h * 60 + until_m
    if from_m > 59 or until_m > 59 or not begins < ends <= 1440:
        raise UnreadableHours(span)
    return [begins, ends]


def write_week(hours: Mapping[str, Iterable[Iterable[int]]]) -> dict[str, str]:
    return {weekday: write_line(hours.get(weekday, ())) for weekday in WEEKDAYS}


def write_line(spans: Iterable[Iterable[int]]) -> str:
    return ", ".join("-".join(write_minute(minute) for minute in span) for span in spans)


def write_minute(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
