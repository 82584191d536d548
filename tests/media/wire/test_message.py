"""The bounds of a field of a message, from any sender."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import ValidationError

from media.wire.message import (
    COLUMN_MOST,
    YEAR_2200_MS,
    Count,
    Digest,
    Instant,
    Message,
    Milliseconds,
    Name,
    Why,
    first_of,
)


class Row(Message):
    name: Name = ""
    count: Count = 0
    at_ms: Instant = 0
    offset_ms: Milliseconds = 0
    digest: Digest = "0" * 64
    why: Why = ""
    parts: Annotated[tuple[int, ...], first_of(3)] = ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "x" * 65),
        ("name", "电梯"),
        ("name", "a\nb"),
        ("count", -1),
        ("count", COLUMN_MOST + 1),
        ("at_ms", -1),
        ("at_ms", YEAR_2200_MS + 1),
        ("offset_ms", float("nan")),
        ("offset_ms", float("inf")),
        ("digest", "F" * 64),
        ("digest", "0" * 63),
        ("digest", "0" * 64 + "\n"),
        ("why", 5),
    ],
)
def test_a_value_beyond_its_bounds_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        Row.model_validate({field: value})


def test_a_long_or_odd_text_is_cut_and_cleaned_and_no_message_is_lost_for_it() -> None:
    assert Row(why="x" * 1000).why == "x" * 300
    assert "\x00" not in Row(why="disk\x00full").why


@pytest.mark.parametrize("given", [(1, 2, 3, 4), [1, 2, 3, 4]])
def test_of_a_list_that_is_too_long_the_first_entries_stay(given: Any) -> None:
    assert Row.model_validate({"parts": given}).parts == (1, 2, 3)


def test_a_message_is_frozen_and_ignores_what_it_does_not_know() -> None:
    row = Row.model_validate({"name": "a", "mood": "sunny"})
    assert row == Row(name="a")
    with pytest.raises(ValidationError, match="frozen"):
        row.name = "b"  # type: ignore[misc]
