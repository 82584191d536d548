"""Codes as they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.symbols import SYMBOLS, check_symbol, symbols_number
from server.coupons.codes.derive import ScannedQr, TypedCode
from server.coupons.codes.layouts import plain_symbols
from server.coupons.codes.read import read_shown
from tests.rig.phones.keyboards import french_person, french_scanner, german


@pytest.mark.parametrize(
    "typed",
    [
        "abcd-ef01-2345",
        " ABCD EF0I 2345 ",
        "abcd–efol–2345",
        "ABCDEF012345\n",
        "ABCD\r\nEF01\t2345",
        "ＡＢＣＤ－ｅｆｏｌ－２３４５",
        "ABCD\u3000EF01\u30fc2345",
        "\ufeffABCD\u200bEF01\u20602345",
        "abcd_ef01.2345",
        "ABCDEF٠١٢٣٤٥",
        "abcdefoİ2345",
    ],
)
def test_case_width_spaces_dashes_and_misreadings_do_not_matter(typed: str) -> None:
    assert plain_symbols(typed) == "ABCDEF012345"


CODES = st.text(SYMBOLS, min_size=12, max_size=12)


NUMBERS = st.text("0123456789", min_size=4, max_size=4)


QRS = st.text(SYMBOLS, min_size=34, max_size=34).map("QC1".__add__)


@given(CODES, NUMBERS)
def test_codes_are_read_through_a_german_keyboard(code: str, number: str) -> None:
    assert TypedCode(code, number) in read_shown(german(f"{code}-{check_symbol(code)} {number}"))


@given(CODES, NUMBERS)
def test_codes_are_read_though_nobody_pressed_shift_for_french_digits(code: str, number: str) -> None:
    groups = f"{code[:4]}-{code[4:8]}-{code[8:]}-{check_symbol(code)} {number}"
    assert TypedCode(code, number) in read_shown(french_person(groups))
    assert TypedCode(code, number) in read_shown(french_person(groups.replace("-", "")))


@given(QRS)
def test_a_qr_is_read_though_the_scanner_thinks_of_another_keyboard(qr: str) -> None:
    meant = ScannedQr(handle=qr[3:19], step=symbols_number(qr[19:25]), proof=qr[25:])
    assert read_shown(qr)[0] == meant
    assert meant in read_shown(german(qr))
    assert meant in read_shown(french_scanner(qr))
    assert meant in read_shown(french_scanner(qr.lower()))


@given(CODES)
def test_one_text_has_few_readings(code: str) -> None:
    """Each reading is one more guess for an attacker."""
    assert len(read_shown(code + check_symbol(code))) <= 2
