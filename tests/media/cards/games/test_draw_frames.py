"""The board of a lucky draw and its frames.

Covers: media.cards.games.draw_board
"""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageColor
from pyzbar.pyzbar import decode

from media.cards.games.board import GameWords
from media.cards.games.draw_board import DrawBoard
from media.cards.games.draw_frames import DrawFrames
from media.cards.layout import STRIP_SHARE
from media.games.faces import MOST_FACES, face_of
from media.games.phases import phases_of
from media.wire.games import GameResult, GameState

LINK = "https://example.org/s/K7M2PQ?p=0123456789abcdef"
SIZES = [(1920, 1080), (1080, 1920), (1024, 768), (720, 720)]
PROMISE, SEED = "ab" * 32, "cd" * 32


def board(size: tuple[int, int] = (1280, 720)) -> DrawBoard:
    return DrawBoard(GameWords("Win!", "Noodles"), LINK, size, "en")


def state(joined: int, **more: Any) -> GameState:
    return GameState(spot=0, joined=joined, promise=PROMISE, **more)


def result(*winners: int) -> GameResult:
    return GameResult(places=(), winners=winners, seed=SEED)


def seats_on(picture: Image.Image, seats: int) -> list[int]:
    """The seats whose colour is on the picture."""
    seen = {rgb: number for number, rgb in picture.convert("RGB").getcolors(1 << 24) or []}
    return [seat for seat in range(seats) if seen.get(ImageColor.getrgb(face_of(seat).colour), 0) > 200]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("phones", [1, 3, 40, MOST_FACES])
def test_the_code_stays_and_nothing_lies_below_the_strip(size: tuple[int, int], phones: int) -> None:
    draw = board(size)
    for picture in (draw.drawing(phones, 5, PROMISE), draw.drawn(range(phones), "won: Noodles", SEED)):
        assert [found.data.decode() for found in decode(picture)] == [LINK]
        below = picture.crop((0, round(size[1] * (1 - STRIP_SHARE)), *size))
        assert len(below.getcolors() or []) == 1


def test_all_who_take_part_are_shown_and_then_those_who_are_drawn() -> None:
    frames = DrawFrames(board(), phases_of(0, 20_000))
    frames.hear(state(5))
    frames.due(1000)
    [drawing] = frames.due(6000)
    assert seats_on(drawing.picture, 8) == [0, 1, 2, 3, 4]
    assert len(frames.due(7000)) == 1  # the countdown
    frames.hear(state(5, result=result(3, 1)))
    [drawn] = frames.due(16_400)
    assert seats_on(drawn.picture, 8) == [1, 3]
    assert frames.due(17_000)  # confetti


def test_a_draw_that_nobody_wins_says_so() -> None:
    frames = DrawFrames(board(), phases_of(0, 20_000))
    frames.hear(state(2, result=result()))
    [drawn] = frames.due(17_000)
    assert seats_on(drawn.picture, 8) == []
    assert frames.due(17_500) == []


def test_the_promise_is_on_the_board_before_the_seed() -> None:
    draw = board()
    for first, second in (
        (draw.lobby(2, 5), draw.lobby(2, 5, PROMISE)),
        (draw.drawing(2, 5, ""), draw.drawing(2, 5, PROMISE)),
        (draw.drawn([0], "", ""), draw.drawn([0], "", SEED)),
    ):
        assert first.tobytes() != second.tobytes()
