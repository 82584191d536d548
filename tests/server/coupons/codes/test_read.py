from __future__ import annotations

from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from media.coupon_codes import live_number
from media.coupon_codes import static_code as code_of
from media.symbols import SYMBOLS, check_symbol, former_check_symbol
from server.coupons.codes.derive import CouponKeys, TypedCode, claim_secret, qr_text, step_at
from server.coupons.codes.read import ForeignCharacters, IncompleteCode, MisreadCode, NoSuchLink, read_link, read_shown

CLAIM = "01JTESTTESTTESTTESTTESTTES"
CODES = st.text(SYMBOLS, min_size=12, max_size=12)
UNMOVED = SYMBOLS.translate({ord("Y"): None, ord("Z"): None})  # by a German keyboard
UNMOVED_CODES = st.text(UNMOVED, min_size=12, max_size=12)


@pytest.fixture
def secret(keys: CouponKeys) -> bytes:
    return claim_secret(keys, CLAIM, 0)


def test_a_code_is_twelve_symbols_and_a_check_symbol(secret: bytes) -> None:
    code = code_of(secret)
    assert read_shown(code)[0] == TypedCode(code[:12])


@pytest.mark.parametrize("ending", ["", "\n", "\r\n", " \n", "\u3000"])
def test_a_code_is_read_however_it_is_typed(secret: bytes, ending: str) -> None:
    code = code_of(secret)
    sloppy = f" {code[:4].lower()} {code[4:8].replace('0', 'o').replace('1', 'l')}-{code[8:]}{ending}"
    assert read_shown(sloppy)[0] == TypedCode(code[:12])


def test_full_width_letters_of_an_input_method_are_read(keys: CouponKeys, secret: bytes, now: datetime) -> None:
    for text in (f"{code_of(secret)} 1234", qr_text(keys, CLAIM, secret, step=step_at(now))):
        full_width = "".join(chr(ord(character) + 0xFEE0) if character != " " else "\u3000" for character in text)
        assert full_width != text
        assert read_shown(full_width) == read_shown(text)


def test_the_live_number_may_follow_the_code(secret: bytes, now: datetime) -> None:
    number = live_number(secret, step_at(now))
    assert read_shown(f"{code_of(secret)} {number}")[0] == TypedCode(code_of(secret)[:12], number)


@given(CODES)
def test_a_code_that_was_issued_with_the_former_check_symbol_is_read(code: str) -> None:
    assert TypedCode(code, "0420") in read_shown(f"{code}{former_check_symbol(code)} 0420")


@pytest.mark.parametrize("typed", ["", "7", "ABCD", "0" * 12, "0" * 200, "0" * 13 + "12", "QC1", "QC1ABC", "\n"])
def test_a_part_of_a_code_is_named_as_such(typed: str) -> None:
    with pytest.raises(IncompleteCode):
        read_shown(typed)


@given(UNMOVED_CODES, st.integers(0, 11), st.sampled_from(UNMOVED))
def test_a_typing_error_is_named_as_such(code: str, at: int, wrong: str) -> None:
    typo, check = code[:at] + wrong + code[at + 1 :], check_symbol(code)
    assume(typo != code and check in UNMOVED and former_check_symbol(typo) != check)
    with pytest.raises(MisreadCode):
        read_shown(typo + check)


@pytest.mark.parametrize(
    ("typed", "named"),
    [("中文", "中 文"), ("ЙЦУК-1234-5678-9", "Й Ц У К"), ("ABCD-EFGH-JKMN-é/", "É /"), ("a#b#c", "#"), ("12,34", ",")],
)
def test_characters_that_are_in_no_code_are_named(typed: str, named: str) -> None:
    with pytest.raises(ForeignCharacters) as refused:
        read_shown(typed)
    assert refused.value.facts["characters"] == named


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    with suppress(ForeignCharacters, IncompleteCode, MisreadCode):
        assert read_shown(text)


@pytest.mark.parametrize("token", ["", "abc", "!" * 32, "A" * 33])
def test_a_token_that_is_no_link_opens_nothing(token: str) -> None:
    with pytest.raises(NoSuchLink):
        read_link(token)
