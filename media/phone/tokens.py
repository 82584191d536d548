"""The token that a phone is known by: 160 random bits. No account, no MAC address, no fingerprint."""

from __future__ import annotations

import secrets

from media.symbols import are_symbols, number_symbols

TOKEN_LENGTH = 32


def new_token() -> str:
    """A new phone's token, in 32 symbols."""
    return number_symbols(secrets.randbits(TOKEN_LENGTH * 5), TOKEN_LENGTH)


def is_token(text: str | None) -> bool:
    """Whether a text has the form of a token."""
    return text is not None and len(text) == TOKEN_LENGTH and are_symbols(text)
