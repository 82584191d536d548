"""Tokens of players: the box stores the token, the server only its hash."""

from __future__ import annotations

import hashlib

from server.errors import LiftcastError


class UnknownToken(LiftcastError):
    """No player has this token. Enrol the box again with the code on its screen."""

    status = 401


class TokenRevoked(LiftcastError):
    """This player was revoked. Make a new token on the box and enrol it again."""

    status = 401


def token_hash(token: str) -> str:
    """SHA-256 of the token as it is sent, in hex."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
