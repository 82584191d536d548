"""Short codes that people read from a screen and type: no vowels, no symbols that look alike."""

from __future__ import annotations

import secrets

from server.typed import normalized, without_separators

SYMBOLS = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 6


def draw_code() -> str:
    """One of 480 million."""
    return "".join(secrets.choice(SYMBOLS) for _ in range(LENGTH))


def read_code(typed: str) -> str:
    """The code in upper case, without the blanks and dashes that people put in; empty if it cannot be a code."""
    code = without_separators(normalized(typed))
    return code if len(code) == LENGTH and set(code) <= set(SYMBOLS) else ""
