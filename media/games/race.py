"""The race: each tap is a step. More than twelve phones share the lanes as teams."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean

from media.games.phases import Phases
from media.games.scoring import Standing, ranked
from media.games.seats import Seat
from media.wire.games import GameInput, GameState

LANES = 12
# Two thumbs tap twelve times a second at most; a script fifty times. A message carries the taps of some 100 ms.
TAPS_PER_S = 12
TAPS_AT_ONCE = 3
FULL_TRACK_TAPS_PER_S = 10  # who keeps this up reaches the end of the track just as the play ends
STEP = 1000  # points of one tap, so that the mean of a team stays an integer


@dataclass
class RaceState:
    """By seat: how many taps count, and since when."""

    taps: dict[int, int] = field(default_factory=dict)
    reached_ms: dict[int, int] = field(default_factory=dict)


@dataclass
class Race:
    """The fastest taps win. A lane runs as fast as the mean of its players who tap: neither many nor idle ones help."""

    phases: Phases
    state: RaceState = field(default_factory=RaceState)

    def take(self, seat: Seat, given: GameInput, now_ms: int) -> None:
        counted = min(given.taps, self._possible_taps(seat, now_ms))
        if counted > self.state.taps.get(seat.number, 0):
            self.state.taps[seat.number], self.state.reached_ms[seat.number] = counted, now_ms

    def _possible_taps(self, seat: Seat, now_ms: int) -> int:
        running_ms = min(now_ms, self.phases.result_ms) - max(seat.joined_ms, self.phases.play_ms)
        return TAPS_AT_ONCE + running_ms * TAPS_PER_S // 1000

    def standings(self) -> list[Standing]:
        lanes: dict[int, list[int]] = defaultdict(list)
        for number in sorted(self.state.taps):
            lanes[lane_of(number)].append(number)
        return ranked(self._standing(members) for members in lanes.values())

    def _standing(self, members: list[int]) -> Standing:
        points = round(STEP * fmean(self.state.taps[number] for number in members))
        return Standing(tuple(members), points, max(self.state.reached_ms[number] for number in members))

    def finishers(self) -> set[int]:
        return set(self.state.taps)

    def changes_ms(self) -> Sequence[int]:
        return ()

    def shown(self, state: GameState, now_ms: int) -> GameState:
        return state.model_copy(update={"positions": tuple(self.positions()[: min(state.joined, LANES)])})

    def positions(self) -> list[int]:
        """How far each lane is along the track, in thousandths."""
        full = STEP * FULL_TRACK_TAPS_PER_S * self.phases.played_ms // 1000
        positions = [0] * LANES
        for standing in self.standings():
            positions[lane_of(standing.seats[0])] = min(1000, 1000 * standing.points // full)
        return positions


def lane_of(seat: int) -> int:
    return seat % LANES
