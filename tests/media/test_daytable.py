from __future__ import annotations

import struct
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.daytable import HOUSE, MAGIC, OFF, BadDayTable, DayTable, decode

TABLE = DayTable(
    ("a", "b"),
    [OFF, 1, 1, 1, HOUSE, HOUSE, 2, 1, HOUSE],
    [False, True, True, False] + [False] * 2 + [True] * 2 + [False],
)


@st.composite
def tables(draw: st.DrawFn) -> DayTable:
    count = draw(st.integers(0, 90))
    slots = draw(st.lists(st.sampled_from([HOUSE, OFF, 1, 2, 3]), min_size=count, max_size=count))
    starts = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    return DayTable(("x", "y", "停水"), slots, starts)


@given(tables())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_a_table_comes_back_as_it_was(table: DayTable) -> None:
    again = decode(table.encoded)
    assert (again.items, list(again.slots), list(map(bool, again.starts))) == (
        table.items,
        list(table.slots),
        list(map(bool, table.starts)),
    )
    assert again.encoded == table.encoded
    assert again.digest == table.digest


@given(tables())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_runs_tile_the_day_and_break_where_spots_start_or_items_change(table: DayTable) -> None:
    slot = 0
    while slot < len(table.slots):
        first, end = table.run_at(slot)
        assert first == slot
        assert len(set(table.slots[first:end])) == 1
        assert not any(table.starts[first + 1 : end])
        assert all(table.run_at(inner) == (first, end) for inner in range(first, end))
        slot = end
    assert slot == len(table.slots)


@given(tables())
@settings(max_examples=50, deadline=None, derandomize=True)
def test_house_runs_are_numbered_from_the_days_first_slot(table: DayTable) -> None:
    runs, slot = 0, 0
    while slot < len(table.slots):
        assert table.house_runs_before(slot) == runs
        runs += table.slots[slot] == HOUSE
        slot = table.run_at(slot)[1]


def test_two_showings_of_one_item_in_a_row_are_two_runs() -> None:
    assert [TABLE.run_at(slot) for slot in (1, 2, 3)] == [(1, 2), (2, 4), (2, 4)]


def test_house_and_off_have_no_item() -> None:
    assert [TABLE.item_at(slot) for slot in (0, 1, 4, 6)] == [None, "a", None, "b"]


def test_the_layout_is_the_one_that_is_written_down() -> None:
    header = b'{"items":["a","b"],"slots":9}'
    body = array("H", [OFF, 1, 1, 1, 0, 0, 2, 1, 0]).tobytes()
    assert TABLE.encoded == MAGIC + struct.pack("<I", len(header)) + header + body + bytes([0b11000110, 0])


def test_equal_days_have_one_digest_however_they_were_made() -> None:
    same = DayTable(TABLE.items, array("H", TABLE.slots), bytes(map(bool, TABLE.starts)))
    assert same.digest == TABLE.digest


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"GIF89a",
        TABLE.encoded[:-1],
        TABLE.encoded + b"\0",
        TABLE.encoded[:20],
        MAGIC + struct.pack("<I", 9) + b"no header" + bytes(10),
        MAGIC + struct.pack("<I", 2) + b"{}",
        MAGIC + struct.pack("<I", 25) + b'{"items":[],"slots":-1111}',
        MAGIC + struct.pack("<I", 26) + b'{"items":[],"slots":999999}',
        MAGIC + struct.pack("<I", 22) + b'{"items":[],"slots":1}' + struct.pack("<H", 1) + b"\0",
    ],
)
def test_bytes_that_are_not_a_whole_day_table_are_refused(raw: bytes) -> None:
    with pytest.raises(BadDayTable):
        decode(raw)


def test_slots_and_starts_of_different_length_are_refused() -> None:
    with pytest.raises(BadDayTable):
        DayTable((), [HOUSE], [])
