"""The cost of the referee's own calls, without a socket: a peer of the server's figure."""

from __future__ import annotations

import time

from media.games.phases import phases_of
from media.games.race import Race
from media.games.referee import Referee
from media.games.seats import Seats
from media.wire.games import SeatInput

PHONES, ROUNDS = 300, 30
LENGTH_MS = 60_000


def referee_us_per_input() -> float:
    """Each phone's input is validated and counted; after each round of all phones the positions are computed."""
    phases = phases_of(0, LENGTH_MS)
    race = Race(phases)
    referee = Referee(phases, Seats(phases, most_per_address=PHONES), race, None, bytes(32))
    for phone in range(PHONES):
        referee.join(str(phone), "lobby", 1)
    began = time.perf_counter()
    for nth in range(ROUNDS):
        for phone in range(PHONES):
            given = SeatInput.model_validate({"spot": 0, "ticket": "t" * 100, "taps": nth})
            referee.take(str(phone), given, phases.play_ms + 200 * nth)
        race.positions()
    return 1e6 * (time.perf_counter() - began) / (PHONES * ROUNDS)
