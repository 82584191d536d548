from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.coupons.symbols import (
    CHECK_SYMBOLS,
    SYMBOLS,
    as_meant,
    check_symbol,
    grouped,
    number_symbols,
    symbols_number,
    symbols_of,
)

CODES = st.text(SYMBOLS, min_size=12, max_size=12)


@given(st.integers(0, 2**60 - 1))
def test_symbols_give_their_number_back(number: int) -> None:
    assert symbols_number(number_symbols(number, 12)) == number


@given(CODES, st.integers(0, 11), st.sampled_from(SYMBOLS))
def test_the_check_symbol_catches_one_wrong_symbol(code: str, at: int, wrong: str) -> None:
    typo = code[:at] + wrong + code[at + 1 :]
    assert typo == code or check_symbol(typo) != check_symbol(code)


@given(CODES, st.integers(0, 10))
def test_the_check_symbol_catches_two_neighbours_swapped(code: str, at: int) -> None:
    swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
    assert swapped == code or check_symbol(swapped) != check_symbol(code)


def test_the_alphabet_has_nothing_that_is_misread() -> None:
    assert not set("ILOU") & set(SYMBOLS)
    assert len(set(SYMBOLS)) == 32
    assert len(set(CHECK_SYMBOLS)) == 37


@pytest.mark.parametrize("typed", ["abcd-ef01-2345", " ABCD EF0I 2345 ", "abcd–efol–2345"])
def test_case_spaces_dashes_and_misreadings_do_not_matter(typed: str) -> None:
    assert as_meant(typed) == "ABCDEF012345"


def test_a_code_is_shown_in_groups() -> None:
    assert grouped("ABCDEF012345X") == "ABCD-EF01-2345-X"


def test_symbols_are_the_first_bits_of_a_digest() -> None:
    assert symbols_of(b"\xff\x00", 3) == "ZW0"
