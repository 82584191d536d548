from __future__ import annotations

import pytest

from server.screens.codes import SYMBOLS, draw_code, read_code


def test_a_drawn_code_is_read_back() -> None:
    code = draw_code()
    assert set(code) <= set(SYMBOLS)
    assert read_code(code) == code


@pytest.mark.parametrize(
    "typed", ["bcd234", " BCD 234 ", "BCD-234\r\n", "ＢＣＤ２３４", "ｂｃｄ－２３４", "BCD\u3000234", "BCD\u200b–٢٣٤"]
)
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert read_code(typed) == "BCD234"


@pytest.mark.parametrize("typed", ["", "BCD23", "BCD2345", "AEIOU2", "一二三四五六"])
def test_a_text_that_cannot_be_a_code_is_read_as_none(typed: str) -> None:
    assert read_code(typed) == ""
