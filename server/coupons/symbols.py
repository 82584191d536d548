"""Crockford's base 32: the symbols of codes, links and QR texts. No I, L, O or U, so nothing is misread."""

from __future__ import annotations

SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK_SYMBOLS = SYMBOLS + "*~$=U"
MISREAD = str.maketrans(
    {"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\t": None, "\u2013": None, "\u2014": None}
)


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
    """One symbol more, modulo 37: it catches every single typo and every swap of two neighbours."""
    return CHECK_SYMBOLS[symbols_number(text) % 37]


def as_meant(typed: str) -> str:
    """What was meant: upper case, no spaces or dashes, O for 0, I and L for 1."""
    return typed.strip().upper().translate(MISREAD)


def grouped(code: str) -> str:
    """For people: `ABCD-EFGH-JKMN-P`."""
    return "-".join(code[at : at + 4] for at in range(0, len(code), 4))
