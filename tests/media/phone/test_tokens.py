from __future__ import annotations

import pytest

from media.phone import tokens
from media.phone.tokens import TOKEN_LENGTH, is_token, new_token
from media.symbols import symbols_number


def test_every_new_token_is_another_one() -> None:
    many = [new_token() for _ in range(1000)]
    assert len(set(many)) == 1000
    assert all(map(is_token, many))


def test_a_token_uses_every_bit_of_its_160(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (0, 1, 2**159, 2**160 - 1):
        monkeypatch.setattr(tokens.secrets, "randbits", lambda bits, number=number: number >> 160 - bits)
        assert (len(new_token()), symbols_number(new_token())) == (32, number)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "0" * (TOKEN_LENGTH - 1),
        "0" * (TOKEN_LENGTH + 1),
        "0" * TOKEN_LENGTH + "\n",
        "0" * (TOKEN_LENGTH - 1) + "\n",
        "a" * TOKEN_LENGTH,
        "I" * TOKEN_LENGTH,
        "U" * TOKEN_LENGTH,
        "０" * TOKEN_LENGTH,
        "٣" * TOKEN_LENGTH,
        "0" * 10_000_000,
    ],
    ids=range(12),
)
def test_a_text_of_another_form_is_no_token(text: str | None) -> None:
    assert not is_token(text)


def test_a_token_of_equal_symbols_is_one() -> None:
    assert is_token("0" * TOKEN_LENGTH)
    assert is_token("Z" * TOKEN_LENGTH)
