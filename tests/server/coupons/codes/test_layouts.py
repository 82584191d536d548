"""Codes as they are typed."""

from __future__ import annotations

import pytest

from server.coupons.codes.layouts import plain_symbols


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
