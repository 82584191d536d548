from __future__ import annotations

import pytest

from media.characters import clean_json, clean_text, is_writing


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("the file is broken", "the file is broken"),
        ("电梯 café", "电梯 café"),
        ("half \ud800 a pair", "half \ufffd a pair"),
        ("a\0b\x1b[2J", "ab[2J"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\u202eturned\u2066", "turned"),
        ("\u200fשלום", "\u200fשלום"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
    ],
)
def test_a_text_that_no_person_typed_is_made_fit_for_showing(given: str, clean: str) -> None:
    assert clean_text(given, 100) == clean


def test_a_long_text_is_cut_after_it_was_cleaned() -> None:
    assert clean_text("\0" * 10 + "x" * 100, 20) == "x" * 20
    assert clean_text("x" * 10_000_000, 20) == "x" * 20


def test_cleaned_text_is_writing_and_is_not_changed_again() -> None:
    every = "".join(map(chr, range(0x3000)))
    clean = clean_text(every, len(every))
    assert all(map(is_writing, clean))
    assert clean_text(clean, len(clean)) == clean


def test_json_is_cleaned_throughout() -> None:
    given = {"a": ["\ud800", float("nan"), float("inf"), 1.5, None, True], "b": {"c": "x" * 50}}
    assert clean_json(given, chars=10, items=4) == {"a": ["\ufffd", None, None, 1.5], "b": {"c": "x" * 10}}


def test_an_object_has_no_more_names_than_a_list_has_entries_and_each_is_clean() -> None:
    given = {"\0" + "n" * 50: 1} | {str(number): number for number in range(1000)}
    assert clean_json(given, chars=10, items=3) == {"n" * 10: 1, "0": 0, "1": 1}
