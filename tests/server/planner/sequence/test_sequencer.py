"""A full day of few lines, whose distances leave hardly a choice in any slot: it is still shown, and evenly."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from server.planner.model.allotments import Allotted, Row
from server.planner.model.days import days_from
from server.planner.model.problem import Apart, HouseItem, PlanScreen, ScreenDay
from server.planner.sequence.demand_lines import DayLines, catalogue_of, lines_of
from server.planner.sequence.judge import breaks, deviations
from server.planner.sequence.sequencer import MOST_DEVIATION, SequenceInput, columns_of, ends_of, gaps_of, sequence
from tests.server.planner.world import MONDAY, booking, in_columns

SLOT_MS = 15_000
SLOTS = 5760
OPEN = ((1680, SLOTS),)
APART = Apart(creative=1, advertiser=3, category=1)
DAY, EVENING = (1680, 4320), (4320, SLOTS)
# Category, and plays of the day and of the evening. The earliest deadline alone is 79 spots off here.
TIGHT = (
    ("sweets", 0, 189), ("sweets", 561, 221), ("cars", 0, 214), ("banks", 545, 160), ("drinks", 562, 247),
    ("banks", 561, 306), ("shoes", 411, 103),
)  # fmt: skip


def test_a_full_day_of_few_lines_is_shown_evenly() -> None:
    lines = lines_with([(category, [(*DAY, day), (*EVENING, evening)]) for category, day, evening in TIGHT])
    day = SequenceInput(lines, OPEN, SLOTS, SLOT_MS, APART, house=(HouseItem("house", 1),))
    columns = columns_of(lines, day)
    slots, starts = in_columns(sequence(day), columns)
    assert breaks(0, columns.lines, gaps_of(APART), ends_of(day, columns), slots, starts) == 0
    assert max(plain_deviation(lines, n, slots, starts) for n in range(len(lines))) <= MOST_DEVIATION
    assert (starts[slots > 0] > 0).sum() == lines.parts[:, 2].sum()


@st.composite
def tapes(draw: st.DrawFn) -> tuple[DayLines, np.ndarray, np.ndarray]:
    """Lines of one slot's or three slots' spots, and slots that show them anyhow."""
    length, edges = draw(st.sampled_from([1, 3])), sorted(draw(st.sets(st.integers(0, 40), min_size=3, max_size=3)))
    parts = [(first, end, draw(st.integers(0, (end - first) // length))) for first, end in pairwise(edges)]
    lines = lines_with([("a", parts), ("b", [(0, 40, draw(st.integers(0, 9)))])], slots=length)
    slots, starts = np.zeros(40, np.uint16), np.zeros(40, np.uint8)
    at = 0
    while at + length <= 40:
        number = draw(st.integers(0, 2))
        if number:
            slots[at : at + length], starts[at] = number, 1
        at += length if number else 1
    return lines, slots, starts


@settings(max_examples=200, deadline=None)
@given(tapes())
def test_a_deviation_is_the_largest_over_all_prefixes(tape: tuple[DayLines, np.ndarray, np.ndarray]) -> None:
    lines, slots, starts = tape
    worst = np.zeros(len(lines))
    deviations(0, columns_of(lines, SequenceInput(lines, (), 40, SLOT_MS, APART)).lines, slots, starts, worst)
    assert np.allclose(worst, [plain_deviation(lines, n, slots, starts) for n in range(len(lines))])


def lines_with(owed: list[tuple[str, list[tuple[int, int, int]]]], *, slots: int = 1) -> DayLines:
    names = [f"{n}" for n in range(len(owed))]
    sold = [
        replace(booking(name, 0, slots=slots), category=category)
        for name, (category, _) in zip(names, owed, strict=True)
    ]
    kept = [tuple(part for part in parts if part[2]) for _, parts in owed]
    row = Row.of(Allotted(name, sum(part[2] for part in mine), mine) for name, mine in zip(names, kept, strict=True))
    [day] = days_from("UTC", MONDAY, 1)
    return lines_of(PlanScreen("screen", ()), ScreenDay(day, OPEN, row), catalogue_of(sold), SLOT_MS)


def plain_deviation(lines: DayLines, line: int, slots: np.ndarray, starts: np.ndarray) -> float:
    """Slot by slot, as it is defined."""
    mine = slots == line + 1
    length = mine.sum() / max(1, (mine & (starts > 0)).sum())
    owed = np.zeros(len(slots))
    for first, end, spots in lines.parts[lines.part_of[line] : lines.part_of[line + 1]]:
        owed[first:end] += spots * length / (end - first)
    return float(np.abs(np.cumsum(mine) - np.cumsum(owed)).max())
