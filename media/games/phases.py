"""The phases of a game: fixed parts of its spot, so that screen, box and phones agree on them by the clock alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

JOIN_SHARE, RESULT_SHARE = 0.3, 0.2
JOIN_MS, RESULT_MS = (4000, 10_000), (4000, 8000)  # at least, at most
SHORTEST_MS, LONGEST_MS = 15_000, 60_000


class Phase(StrEnum):
    """Where a game is at an instant."""

    BEFORE = "before"
    JOIN = "join"
    PLAY = "play"
    RESULT = "result"
    OVER = "over"


@dataclass(frozen=True)
class Phases:
    """The instants of one game, in ms UTC. Each phase lasts until the next one begins."""

    starts_ms: int
    play_ms: int
    result_ms: int
    ends_ms: int

    @property
    def last_join_ms(self) -> int:
        """Phones that join from here on only watch: half of the play is over."""
        return (self.play_ms + self.result_ms) // 2

    @property
    def played_ms(self) -> int:
        """How long the play lasts."""
        return self.result_ms - self.play_ms

    def at(self, now_ms: int) -> Phase:
        begun = [
            phase
            for phase, from_ms in (
                (Phase.JOIN, self.starts_ms),
                (Phase.PLAY, self.play_ms),
                (Phase.RESULT, self.result_ms),
                (Phase.OVER, self.ends_ms),
            )
            if now_ms >= from_ms
        ]
        return begun[-1] if begun else Phase.BEFORE


def phases_of(starts_ms: int, length_ms: int) -> Phases:
    """The phases of a game of `length_ms` (15 to 60 s): three tenths to join, two tenths for the result, within limits.

    Raises ValueError for another length.
    """
    if not SHORTEST_MS <= length_ms <= LONGEST_MS:
        raise ValueError(f"a game lasts {SHORTEST_MS} to {LONGEST_MS} ms, not {length_ms}")
    ends_ms = starts_ms + length_ms
    join_ms = _within(round(length_ms * JOIN_SHARE), JOIN_MS)
    result_ms = _within(round(length_ms * RESULT_SHARE), RESULT_MS)
    return Phases(starts_ms, starts_ms + join_ms, ends_ms - result_ms, ends_ms)


def _within(value: int, bounds: tuple[int, int]) -> int:
    least, most = bounds
    return min(max(value, least), most)
