"""Opening hours as people write them: `08:00-12:00, 13:30-22:00`, a line for each weekday."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import pairwise

from server.screens.hours import DAY_MIN, WEEKDAYS, Hours
from server.screens.texts import COMMAS

# Minutes may be left out. Full-width text, like 8：00～22：00, is made plain first.
SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–—~]\s*(\d{1,2})(?:[:.](\d{2}))?")
CLOSED = {"", "-", "–", "—", "closed", "休息"}


class UnreadableHours(ValueError):
    """The text is no span of hours."""


class PastMidnight(UnreadableHours):
    """The span ends before it begins, so it goes on after midnight."""


class Overlapping(UnreadableHours):
    """Two spans of the line have hours in common."""


class UnreadableWeek(ValueError):
    """Some days' lines cannot be read. `faults`: what is wrong, by weekday."""

    def __init__(self, faults: Mapping[str, UnreadableHours]) -> None:
        super().__init__(", ".join(faults))
        self.faults = faults


def read_week(lines: Mapping[str, str]) -> Hours:
    """All seven lines empty: always open. A single empty line: closed on that day. Raises UnreadableWeek."""
    faults = week_faults(lines)
    if faults:
        raise UnreadableWeek(faults)
    week = {weekday: read_line(lines.get(weekday, "")) for weekday in WEEKDAYS}
    return week if any(week.values()) else {}


def week_faults(lines: Mapping[str, str]) -> dict[str, UnreadableHours]:
    """The error of each day's line, by weekday; its argument is the part of the line that is wrong."""
    faults = {}
    for weekday in WEEKDAYS:
        try:
            read_line(lines.get(weekday, ""))
        except UnreadableHours as error:
            faults[weekday] = error
    return faults


def read_line(line: str, *, nights: bool = False) -> list[list[int]]:
    """The spans of a day, in order. Raises UnreadableHours.

    nights: a span that ends before it begins goes on after midnight, past 1440
    """
    if line.strip().casefold() in CLOSED:
        return []
    parts = COMMAS.split(unicodedata.normalize("NFKC", line))
    spans = sorted(read_span(part.strip(), nights=nights) for part in parts if part.strip())
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        raise Overlapping(line.strip())
    return spans


def read_span(span: str, *, nights: bool = False) -> list[int]:
    found = SPAN.fullmatch(span)
    if not found:
        raise UnreadableHours(span)
    from_h, from_m, until_h, until_m = (int(part or 0) for part in found.groups())
    begins, ends = from_h * 60 + from_m, until_h * 60 + until_m
    if from_m > 59 or until_m > 59 or begins >= DAY_MIN or ends > DAY_MIN or begins == ends:
        raise UnreadableHours(span)
    if ends < begins and not nights:
        raise PastMidnight(span)
    return [begins, ends if ends > begins else ends + DAY_MIN]


def write_week(hours: Mapping[str, Iterable[Iterable[int]]]) -> dict[str, str]:
    return {weekday: write_line(hours.get(weekday, ())) for weekday in WEEKDAYS}


def write_line(spans: Iterable[Iterable[int]]) -> str:
    return ", ".join("-".join(write_minute(minute) for minute in span) for span in spans)


def write_minute(minute: int) -> str:
    """24:00 is the end of a day; what is past it is read from the next day's clock."""
    minute -= DAY_MIN if minute > DAY_MIN else 0
    return f"{minute // 60:02d}:{minute % 60:02d}"
