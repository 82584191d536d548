"""A full day of few lines, whose distances leave hardly a choice in any slot: it is still shown, and evenly."""

from __future__ import annotations

from server.planner.model.problem import Apart, HouseItem
from server.planner.sequence.judge import breaks
from server.planner.sequence.sequencer import MOST_DEVIATION, SequenceInput, columns_of, ends_of, gaps_of, sequence
from tests.server.planner.short_days import plain_deviation, short_lines
from tests.server.planner.world import in_columns

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
    plays = {f"{n}": [(*DAY, day), (*EVENING, evening)] for n, (_, day, evening) in enumerate(TIGHT)}
    owed = {id_: [part for part in parts if part[2]] for id_, parts in plays.items()}
    lines = short_lines(owed, **{f"{n}": {"category": category} for n, (category, _, _) in enumerate(TIGHT)})
    day = SequenceInput(lines, OPEN, SLOTS, SLOT_MS, APART, house=(HouseItem("house", 1),))
    columns = columns_of(lines, day)
    slots, starts = in_columns(sequence(day), columns)
    assert breaks(0, columns.lines, gaps_of(APART), ends_of(day, columns), slots, starts) == 0
    assert max(plain_deviation(lines, n, slots, starts) for n in range(len(lines))) <= MOST_DEVIATION
    assert (starts[slots > 0] > 0).sum() == lines.parts[:, 2].sum()
