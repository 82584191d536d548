"""Crockford's base 32: the symbols of codes, links and QR texts. No I, L, O or U, so nothing is misread."""

from __future__ import annotations

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FORMER_CHECK_SYMBOLS = SYMBOLS + "*~$=U"


def symbols_of(digest: bytes, count: int) -> str:
    """The first `count` × 5 bits."""
    bits = int.from_bytes(digest, "big") >> (len(digest) * 8 - count * 5)
    return number_symbols(bits, count)


def number_symbols(number: int, count: int) -> str:
    return "".join(SYMBOLS[number >> shift & 31] for shift in range((count - 1) * 5, -1, -5))


def symbols_number(text: str) -> int:
    """The number behind these symbols; ValueError when one is none of the 32."""
    number = 0
    for symbol in text:
        number = number << 5 | SYMBOLS.index(symbol)
    return number


def are_symbols(text: str) -> bool:
    return all(symbol in SYMBOLS for symbol in text)


def check_symbol(text: str) -> str:
    """One of the same symbols more. It catches every single typo, and every swap of two symbols, of up to 30.

    A Reed–Solomon code (Reed and Solomon 1960) with one check symbol: text and check symbol, as digits in base α of
    the field of 32 elements, sum up to zero.
    """
    total = 0
    for symbol in text:
        total = _times_alpha(total) ^ SYMBOLS.index(symbol)
    return SYMBOLS[_times_alpha(total)]


def _times_alpha(element: int) -> int:
    """Multiplication by α in the field of 32 elements, where α⁵ = α² + 1."""
    doubled = element << 1
    return doubled ^ 0b100101 if doubled & 32 else doubled


def former_check_symbol(text: str) -> str:
    """That of older codes: modulo 37, so it may be a sign that many keyboards hide."""
    return FORMER_CHECK_SYMBOLS[symbols_number(text) % 37]


def grouped(code: str) -> str:
    """For people: `ABCD-EFGH-JKMN-P`."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
