"""Days of a few slots, drawn as text, so that a reader can follow the sequencer's loops by hand.

A day is a string with one character for each slot: a capital where a spot begins, its small letter where the spot
goes on, "." for house content and "#" for off. A is the first creative of all lines, B the second, and so on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from media.daytable import HOUSE, OFF, DayTable
from server.planner.model.allotments import Allotted, Part, Row
from server.planner.model.days import days_from
from server.planner.model.problem import Apart, PlanScreen, ScreenDay
from server.planner.sequence.columns import Lines
from server.planner.sequence.demand_lines import DayLines, catalogue_of, lines_of
from server.planner.sequence.sequencer import SequenceInput, columns_of
from tests.server.planner.world import MONDAY, SLOT_MS, booking

TOUCHING = Apart(creative=0, advertiser=0, category=0)


def short_lines(parts: Mapping[str, Sequence[Part]], **changes: Mapping[str, Any]) -> DayLines:
    """A line for each booking with its parts, of one slot's spots where `changes` of the booking say nothing else."""
    sold = [booking(id_, 0, **{"slots": 1, **changes.get(id_, {})}) for id_ in sorted(parts)]
    row = Row.of(Allotted(id_, sum(spots for _, _, spots in mine), tuple(mine)) for id_, mine in parts.items())
    [day] = days_from("UTC", MONDAY, 1)
    return lines_of(PlanScreen("screen", ()), ScreenDay(day, (), row), catalogue_of(sold), SLOT_MS)


def short_columns(lines: DayLines, slots: int) -> Lines:
    """The lines as the compiled loops take them."""
    return columns_of(lines, SequenceInput(lines, ((0, slots),), slots, SLOT_MS, TOUCHING)).lines


def never_shown() -> np.ndarray:
    """`ends` of a day before which nothing was shown."""
    return np.full((3, 9), -1000, np.int32)


def day_of(text: str) -> tuple[np.ndarray, np.ndarray]:
    """The drawn day's slots, and where spots start."""
    numbers = [{".": HOUSE, "#": OFF}.get(sign, ord(sign.upper()) - ord("A") + 1) for sign in text]
    return np.array(numbers, np.uint16), np.array([sign.isupper() for sign in text], np.uint8)


def table_of_text(text: str, *items: str) -> DayTable:
    """The drawn day as a table; A is the first of the items."""
    slots, starts = day_of(text)
    return DayTable(items, slots.tolist(), bytes(starts))


def text_of(slots: np.ndarray, starts: np.ndarray) -> str:
    return "".join(_sign(int(number), bool(begins)) for number, begins in zip(slots, starts, strict=True))


def _sign(number: int, begins: bool) -> str:
    if number in (HOUSE, OFF):
        return "." if number == HOUSE else "#"
    return chr(ord("A" if begins else "a") + number - 1)


def plain_deviation(lines: DayLines, line: int, slots: np.ndarray, starts: np.ndarray) -> float:
    """Slot by slot, as it is defined."""
    mine = slots == line + 1
    length = mine.sum() / max(1, (mine & (starts > 0)).sum())
    owed = np.zeros(len(slots))
    for first, end, spots in lines.parts[lines.part_of[line] : lines.part_of[line + 1]]:
        owed[first:end] += spots * length / (end - first)
    return float(np.abs(np.cumsum(mine) - np.cumsum(owed)).max())
