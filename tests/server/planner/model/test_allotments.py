from __future__ import annotations

import pytest

from server.planner.model.allotments import NOTHING, Allotted, Row

LATE = Allotted("late", 5, ((0, 10, 2), (20, 30, 1)), "no_room")
EARLY = Allotted("early", 1, ((5, 6, 1),))
EMPTY = Allotted("none", 3, (), "closed")


def test_a_row_gives_back_what_it_was_made_of_in_the_order_of_bookings() -> None:
    row = Row.of([LATE, EMPTY, EARLY])
    assert list(row) == [EARLY, LATE, EMPTY]
    assert row.part_of.tolist() == [0, 1, 3, 3]


def test_a_row_is_read_as_a_sequence() -> None:
    row = Row.of([LATE, EARLY])
    assert (len(row), row[-1], row[:1], LATE in row) == (2, LATE, [EARLY], True)
    with pytest.raises(IndexError):
        row[2]


def test_a_row_of_some_bookings_leaves_out_the_others() -> None:
    row = Row.of([LATE, EARLY])
    assert row.only({"late", "elsewhere"}) == Row.of([LATE])
    assert row.only({"late", "early"}) is row


@pytest.mark.parametrize(
    "other",
    [
        Allotted("late", 6, LATE.parts, "no_room"),
        Allotted("late", 5, ((0, 10, 3), (20, 30, 0)), "no_room"),
        Allotted("late", 5, LATE.parts[:1], "no_room"),
        Allotted("late", 5, LATE.parts, "overbooked"),
        Allotted("later", 5, LATE.parts, "no_room"),
    ],
)
def test_rows_are_equal_only_where_everything_is(other: Allotted) -> None:
    row = Row.of([LATE])
    assert row == Row.of([LATE])
    assert hash(row) == hash(Row.of([LATE]))
    assert row != Row.of([other])
    assert row != [LATE]


def test_a_row_without_bookings_is_empty() -> None:
    assert (list(NOTHING), NOTHING.parts.shape) == ([], (0, 3))
    assert Row.of(()) == NOTHING
