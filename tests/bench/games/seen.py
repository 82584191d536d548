"""Where the runners of a race are on a grabbed screen, and how long after its tap each was there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from media.cards.games.board import GameWords
from media.cards.games.race_board import RaceBoard
from media.games.phases import Phases
from media.games.race import FULL_TRACK_TAPS_PER_S
from media.integers import ceil_div
from tests.rig.players.xgrab import Grab, Gray

DISTINCT = 25  # levels of grey between a runner's disc and the track
BLACK_SHARE = 0.01
WITHOUT_CODE = 0.7  # of the width: the code to scan is at the right, and black
ABOVE_STRIP = 0.8


@dataclass(frozen=True)
class Track:
    """rows: the middle of each lane · left: of a runner at the start · travel: pixels to the end · all in pixels"""

    rows: tuple[int, ...]
    left: int
    travel: int

    @classmethod
    def of(cls, size: tuple[int, int], players: int) -> Track:
        board = RaceBoard(GameWords("x"), link="x", size=size)
        board.track(players, 1)
        from_start, back = (board.moved([position] * players) for position in (1000, 999))
        rows = (patch.top + patch.picture.height // 2 for patch in from_start)
        left = from_start[0].left
        return cls(tuple(rows), left, ceil_div((back[0].left - left) * 1000, 999))

    def pixel(self, taps: float, phases: Phases) -> int:
        """Where a lane whose players made so many taps, on average, has its runner."""
        full = FULL_TRACK_TAPS_PER_S * phases.played_ms / 1000
        return self.left + self.travel * min(1000, int(1000 * taps / full)) // 1000


@dataclass(frozen=True)
class Seen:
    """lefts: of each lane's runner, −1 where there is none"""

    lefts: tuple[int, ...]
    is_black: bool


def read_screen(frame: Gray, track: Track) -> Seen:
    height, width = frame.shape
    looked_at = frame[: int(height * ABOVE_STRIP) : 4, : int(width * WITHOUT_CODE) : 4]
    is_black = bool(np.count_nonzero(looked_at == 0) > BLACK_SHARE * looked_at.size)
    return Seen(tuple(_left_in(frame[row, track.left :]) + track.left for row in track.rows), is_black)


def _left_in(row: Gray) -> int:
    """The first pixel that is not the track. Before the first runner reaches it, the middle of the track is free."""
    ground = int(np.median(row))
    others = np.flatnonzero(np.abs(row.astype(np.int16) - ground) > DISTINCT)
    return int(others[0]) if len(others) else -1


@dataclass(frozen=True)
class Tap:
    """When a tap was made, and the mean taps of its lane from then on."""

    at_ns: int
    mean: float


def taps_of_lane(taps_ns: Sequence[Sequence[int]]) -> Iterator[Tap]:
    """The taps of a lane's phones in one row. Until all of them have tapped, the mean jumps: these are left out."""
    row = sorted((at_ns, phone) for phone, of_phone in enumerate(taps_ns) for at_ns in of_phone)
    counts = [0] * len(taps_ns)
    for at_ns, phone in row:
        counts[phone] += 1
        if all(counts):
            yield Tap(at_ns, sum(counts) / len(counts))


def delays_ms(
    taps: Iterable[Tap], grabs: Sequence[Grab[Seen]], lane: int, track: Track, phases: Phases, until_ns: int
) -> Iterator[float]:
    """From each tap that moves the lane's runner by a pixel to the first grab that shows it there."""
    seen = iter(grabs)
    grab = next(seen, None)
    before = track.left
    for tap in taps:
        pixel = track.pixel(tap.mean, phases)
        if pixel <= before or tap.at_ns > until_ns:
            continue
        before = pixel
        while grab is not None and (grab.at_ns < tap.at_ns or grab.seen.lefts[lane] < pixel):
            grab = next(seen, None)
        if grab is None:
            return
        yield (grab.at_ns - tap.at_ns) / 1e6
