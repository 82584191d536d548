from __future__ import annotations

import pytest

from server.typed import normalized, without_separators


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("", ""),
        ("abCd-1", "ABCD-1"),
        ("ＡＢｃ１２", "ABC12"),
        ("٣४๕", "345"),
        ("abß12", "AB-12"),
        ("ﬁ", "FI"),
        ("你好", "你好"),
    ],
)
def test_a_code_is_upper_case_with_ordinary_letters_and_digits(typed: str, plain: str) -> None:
    assert normalized(typed) == plain
    assert normalized(normalized(typed)) == normalized(typed)


@pytest.mark.parametrize(
    "between", ["-", "—", "_", ".", "·", "−", "ー", " ", "\u3000", "\r\n", "\t", "\u200b", "\ufeff"]
)
def test_separators_of_people_and_scanners_are_left_out(between: str) -> None:
    assert without_separators(f"{between}AB{between}{between}12{between}") == "AB12"


@pytest.mark.parametrize("kept", ["AB12", "你好", "+", "/", "😀", ""])
def test_everything_else_stays(kept: str) -> None:
    assert without_separators(kept) == kept
