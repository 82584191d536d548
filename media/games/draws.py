"""Draws that anybody can check: the seed is promised before the game and shown after it.

Before the game, its referee shows the SHA-256 of a secret seed. In the end each entrant's ticket is the SHA-256 of the
seed and the seat, so neither another entrant nor the order of joining changes it, and the lowest tickets win. Whoever
notes the promise can compute everything again (commit and reveal; Blum, "Coin flipping by telephone", 1981).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from hashlib import sha256

SEED_BYTES = 32
TICKETS = 1 << 256
ODDS_OF = 1_000_000


def new_seed() -> bytes:
    return secrets.token_bytes(SEED_BYTES)


def promise_of(seed: bytes) -> str:
    """The hash of the seed, which is shown before the game."""
    return sha256(seed).hexdigest()


def ticket_of(seed: bytes, seat: int) -> int:
    return int.from_bytes(sha256(seed + b"|%d" % seat).digest())


def odds_of(one_in: int) -> int:
    """How likely a ticket is to win where one of so many wins, in millionths."""
    return ODDS_OF // one_in


def draw_winners(seed: bytes, entrants: Iterable[int], *, most: int, odds_ppm: int = ODDS_OF) -> list[int]:
    """At most `most` of the seats, in the order in which they won.

    odds_ppm: how likely each ticket is to win at all, in millionths
    """
    winning = sorted((ticket, seat) for seat in set(entrants) if _wins(ticket := ticket_of(seed, seat), odds_ppm))
    return [seat for _, seat in winning[:most]]


def _wins(ticket: int, odds_ppm: int) -> bool:
    return ticket * ODDS_OF < odds_ppm * TICKETS
