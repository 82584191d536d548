"""The presence token in the strip's QR: proof that a phone was in front of the screen a short while ago. Pure.

New every five minutes and good for at least thirty after it was last shown. Server and player make the same one from
the screen's presence key and the clock, so the player needs no uplink for it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac

NEW_EVERY_MS = 5 * 60_000
GOOD_FOR_MS = 30 * 60_000
SYMBOLS = 10


def token_at(key: str, now_ms: int) -> str:
    """The token that the strip shows at this instant: ten symbols a–z, 2–7."""
    return _token(key, now_ms // NEW_EVERY_MS)


def holds(key: str, token: str, now_ms: int) -> bool:
    """Whether the screen showed this token in the last thirty minutes; a box may be five minutes ahead."""
    return shown_from(key, token, now_ms) is not None


def shown_from(key: str, token: str, now_ms: int) -> int | None:
    """From when on the screen showed this token, for five minutes; None if it does not hold (any more)."""
    window = now_ms // NEW_EVERY_MS
    oldest = window - GOOD_FOR_MS // NEW_EVERY_MS
    given = token.encode(errors="replace")
    found = [good for good in range(oldest, window + 2) if hmac.compare_digest(_token(key, good).encode(), given)]
    return found[0] * NEW_EVERY_MS if found else None


def _token(key: str, window: int) -> str:
    mac = hmac.digest(key.encode(), b"presence:%d" % window, hashlib.sha256)
    return base64.b32encode(mac).decode()[:SYMBOLS].lower()
