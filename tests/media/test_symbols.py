from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.symbols import (
    SYMBOLS,
    are_symbols,
    check_symbol,
    former_check_symbol,
    grouped,
    number_symbols,
    symbols_number,
    symbols_of,
)

CODES = st.text(SYMBOLS, min_size=12, max_size=12)


@given(st.integers(0, 2**60 - 1))
def test_symbols_give_their_number_back(number: int) -> None:
    assert symbols_number(number_symbols(number, 12)) == number


@given(CODES, st.integers(0, 12), st.sampled_from(SYMBOLS))
def test_the_check_symbol_catches_one_wrong_symbol(code: str, at: int, wrong: str) -> None:
    whole = code + check_symbol(code)
    typo = whole[:at] + wrong + whole[at + 1 :]
    assert typo == whole or check_symbol(typo[:12]) != typo[12]


@given(CODES, st.integers(0, 12), st.integers(0, 12))
def test_the_check_symbol_catches_two_symbols_swapped(code: str, one: int, other: int) -> None:
    symbols = list(code + check_symbol(code))
    symbols[one], symbols[other] = symbols[other], symbols[one]
    swapped = "".join(symbols)
    assert swapped == code + check_symbol(code) or check_symbol(swapped[:12]) != swapped[12]


def test_a_check_symbol_never_changes() -> None:
    """Codes that were printed stay good."""
    assert check_symbol("0123456789AB") == "V"
    assert former_check_symbol("0123456789AB") == "Y"


@given(CODES)
def test_a_check_symbol_is_one_of_the_others(code: str) -> None:
    assert are_symbols(check_symbol(code))


def test_the_alphabet_has_nothing_that_is_misread() -> None:
    assert not set("ILOU") & set(SYMBOLS)
    assert len(set(SYMBOLS)) == 32


def test_a_code_is_shown_in_groups() -> None:
    assert grouped("ABCDEF012345X") == "ABCD-EF01-2345-X"


def test_symbols_are_the_first_bits_of_a_digest() -> None:
    assert symbols_of(b"\xff\x00", 3) == "ZW0"
