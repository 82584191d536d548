from __future__ import annotations

import pytest

from media import daytable
from media.daytable import MAX_SLOTS
from server.planner.model.problem import PlanCreative
from server.planner.sequence import columns
from server.planner.sequence.columns import ADVERTISER, CATEGORY, LENGTH, LONG_AGO, NEVER, NUMBER, WEIGHT
from server.planner.sequence.dispatch import LINE_BITS
from tests.server.planner.short_days import short_columns, short_lines


def test_a_slot_without_a_spot_has_the_value_that_it_has_in_a_day_table() -> None:
    assert (columns.HOUSE, columns.OFF) == (daytable.HOUSE, daytable.OFF)


@pytest.mark.parametrize("bound", [NEVER, LONG_AGO])
def test_a_bound_lies_beyond_every_slot_and_fits_with_a_distance_into_32_bits_and_with_a_line_into_64(
    bound: int,
) -> None:
    assert abs(bound) > MAX_SLOTS
    assert abs(bound) + MAX_SLOTS < 1 << 31
    assert abs(bound) << LINE_BITS < 1 << 63


def test_rows_are_read_by_their_columns() -> None:
    creatives = (PlanCreative("heavy", 5, 2), PlanCreative("light", 1, 3))
    lines = short_lines({"a": [(0, 8, 1)], "b": [(0, 8, 1)]}, b={"category": "shoes", "creatives": creatives})
    made = short_columns(lines, 8)
    assert made.groups[:, ADVERTISER].tolist() == [0, 1]
    assert made.groups[:, CATEGORY].tolist() == [-1, 0]
    assert made.pieces[:, NUMBER].tolist() == [0, 1, 2]
    assert made.pieces[:, LENGTH].tolist() == [1, 2, 3]
    assert made.pieces[:, WEIGHT].tolist() == [1, 5, 1]
    assert (made.piece_of.tolist(), made.line_of.tolist()) == ([0, 1, 3], [0, 1, 1])
