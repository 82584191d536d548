"""Weekly hours as a grid of whole hours: ticks `weekday-hour` on the page, dayparts in the domain."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from server.campaigns.forms import DaypartForm

HOUR_MIN = 60
TICKS = frozenset(f"{weekday}-{hour}" for weekday in range(7) for hour in range(24))


def dayparts_of(ticks: Iterable[str]) -> list[dict[str, int]]:
    """Hours that follow each other are one daypart. All of the week, like none of it, is always."""
    chosen = {tuple(map(int, tick.split("-"))) for tick in ticks if tick in TICKS}
    if len(chosen) == 7 * 24:
        return []
    return [part for weekday in range(7) for part in _runs(weekday, sorted(h for w, h in chosen if w == weekday))]


def ticks_of(dayparts: Iterable[DaypartForm]) -> list[str]:
    """Every hour that a daypart touches."""
    return [
        f"{part.weekday}-{hour}"
        for part in dayparts
        for hour in range(part.from_min // HOUR_MIN, -(-part.until_min // HOUR_MIN))
    ]


def whole_hours(dayparts: Iterable[DaypartForm]) -> bool:
    return all(part.from_min % HOUR_MIN == 0 == part.until_min % HOUR_MIN for part in dayparts)


def _runs(weekday: int, hours: list[int]) -> list[dict[str, Any]]:
    runs = groupby(enumerate(hours), key=lambda pair: pair[1] - pair[0])
    spans = [[hour for _nth, hour in run] for _key, run in runs]
    return [
        {"weekday": weekday, "from_min": span[0] * HOUR_MIN, "until_min": (span[-1] + 1) * HOUR_MIN} for span in spans
    ]
