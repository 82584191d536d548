"""The cost of drawing: a frame of a full race, and beside it a bare paste of a whole screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from PIL import Image

from media.cards.games.board import GameWords
from media.cards.games.race_board import RaceBoard
from media.games.race import LANES
from tests.bench.result import percentile

SIZE = (1920, 1080)
FRAMES, PASTES = 300, 100


def frame_ms_p95() -> float:
    """All runners move, and the countdown changes."""
    board = RaceBoard(GameWords("Run for noodles", "A bowl of noodles"), link="https://example.org/s/BCDFGH", size=SIZE)
    board.track(LANES, 10)

    def draw(nth: int) -> None:
        positions = [(nth * 3 + lane) % 1000 for lane in range(LANES)]
        for patch in (*board.moved(positions), board.countdown(nth % 60)):
            as_bytes(patch.picture)

    return percentile(list(_timed(draw, FRAMES)), 0.95)


def whole_frame_ms_p95() -> float:
    """Everything is drawn anew, as at the start of a phase."""
    board = RaceBoard(GameWords("Run for noodles", "A bowl of noodles"), link="https://example.org/s/BCDFGH", size=SIZE)
    return percentile(list(_timed(lambda nth: as_bytes(board.track(LANES, nth % 60)), 20)), 0.95)


def paste_ms_p95() -> float:
    ground, picture = Image.new("RGB", SIZE), Image.new("RGB", SIZE, "#15293f")

    def paste(_nth: int) -> None:
        ground.paste(picture, (0, 0))
        as_bytes(ground)

    return percentile(list(_timed(paste, PASTES)), 0.95)


def as_bytes(picture: Image.Image) -> bytes:
    return picture.convert("RGB").tobytes("raw", "BGRX")


def _timed(call: Callable[[int], object], times: int) -> Iterator[float]:
    for nth in range(times):
        began = time.perf_counter()
        call(nth)
        yield (time.perf_counter() - began) * 1000
