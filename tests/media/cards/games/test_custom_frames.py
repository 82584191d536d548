from __future__ import annotations

import pytest

from media.cards.games.board import GameWords
from media.cards.games.custom_board import CustomBoard
from media.cards.games.custom_frames import CustomFrames
from media.games.phases import phases_of
from media.wire.games import GameState, PlayerBoard


@pytest.fixture
def frames() -> CustomFrames:
    """A game from 0 on: played from 6 s, its result from 16 s."""
    board = CustomBoard(GameWords("Pairs"), "https://example.org/s/A", (640, 360), language="en")
    return CustomFrames(board, phases_of(0, 20_000))


def state(joined: int, *boards: PlayerBoard) -> GameState:
    return GameState(spot=0, joined=joined, boards=boards)


def test_a_number_that_changes_draws_one_tile_and_a_new_player_all(frames: CustomFrames) -> None:
    frames.hear(state(2))
    frames.due(7000)
    frames.hear(state(2, PlayerBoard(seat=1, number=3)))
    assert len(frames.due(7000)) == 1
    frames.hear(state(3, PlayerBoard(seat=1, number=3)))
    [whole] = frames.due(7000)
    assert whole.picture.size == (640, 360)
