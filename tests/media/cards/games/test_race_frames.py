"""The frames of a race, and what they share with those of other games.

Covers: media.cards.games.frames
"""

from __future__ import annotations

import pytest
from PIL import Image

from media.cards.games.board import GameWords
from media.cards.games.confetti import FALL_MS
from media.cards.games.patches import Patch
from media.cards.games.race_board import RaceBoard
from media.cards.games.race_frames import RaceFrames
from media.games.faces import shown_face
from media.games.phases import phases_of
from media.wire.games import GamePlace, GameResult, GameState


@pytest.fixture
def frames() -> RaceFrames:
    """A race from 0 on: played from 6 s, its result from 16 s."""
    board = RaceBoard(GameWords("Run", "Noodles"), "https://example.org/s/A", (640, 360), language="en")
    return RaceFrames(board, phases_of(0, 20_000))


def state(joined: int, *positions: int, result: GameResult | None = None) -> GameState:
    return GameState(spot=0, joined=joined, positions=positions, result=result)


WON = GameResult(places=(GamePlace(seats=(0,), face=shown_face(0), points=1),), winners=(0,))


def is_whole(patches: list[Patch]) -> bool:
    return bool(patches) and patches[0].picture.size == (640, 360)


def drawn(frames: RaceFrames, now_ms: int) -> str:
    patches = frames.due(now_ms)
    return "whole" if is_whole(patches) else f"{len(patches)} patches"


def test_runners_invite_until_the_first_phone_joins(frames: RaceFrames) -> None:
    assert drawn(frames, 0) == "whole"
    assert drawn(frames, 500) == "5 patches"
    assert frames.next_ms(500) <= 600
    frames.hear(state(1, 0))
    assert [drawn(frames, at) for at in (700, 800)] == ["whole", "0 patches"]
    assert frames.next_ms(800) == 1000


def test_the_lobby_counts_down_and_is_drawn_anew_when_someone_joins(frames: RaceFrames) -> None:
    frames.hear(state(1, 0))
    assert [drawn(frames, at) for at in (0, 500, 1000, 1100)] == ["whole", "0 patches", "1 patches", "0 patches"]
    frames.hear(state(2, 0, 0))
    assert [drawn(frames, at) for at in (1200, 1300)] == ["whole", "0 patches"]


def test_in_the_race_only_what_moved_is_drawn(frames: RaceFrames) -> None:
    frames.hear(state(2, 0, 0))
    assert drawn(frames, 6000) == "whole"
    frames.hear(state(2, 100, 0))
    assert [drawn(frames, at) for at in (6100, 6200)] == ["1 patches", "0 patches"]
    frames.hear(state(2, 200, 300))
    assert drawn(frames, 7100) == "3 patches"  # both lanes and the countdown


def test_a_late_player_gets_a_lane(frames: RaceFrames) -> None:
    frames.hear(state(1, 0))
    assert drawn(frames, 7000) == "whole"
    frames.hear(state(2, 50, 0))
    patches = frames.due(8000)
    assert is_whole(patches)
    assert len(patches) == 2  # the first runner is where it was


def test_a_game_that_nobody_joined_invites_to_the_next_one_when_it_is_too_late(frames: RaceFrames) -> None:
    assert drawn(frames, 0) == "whole"
    assert not is_whole(frames.due(10_900))
    assert drawn(frames, 11_000) == "whole"
    assert not is_whole(frames.due(17_000))
    assert frames.next_ms(19_990) == 20_000


def test_nothing_moves_on_the_podium_after_the_confetti_has_fallen(frames: RaceFrames) -> None:
    frames.hear(state(2, 10, 20))
    frames.due(15_000)
    frames.hear(state(2, 10, 20, result=WON))
    assert drawn(frames, 16_400) == "whole"
    assert drawn(frames, 17_400) != "0 patches"
    frames.due(16_400 + FALL_MS + 1)
    assert drawn(frames, 16_400 + FALL_MS + 100) == "0 patches"
    assert frames.next_ms(20_701) == 21_701


def test_a_board_that_is_started_in_the_middle_shows_the_race_as_it_stands(frames: RaceFrames) -> None:
    frames.hear(state(2, 500, 900))
    first, *rest = frames.due(9000)
    assert is_whole([first])
    assert len(rest) == 2


@pytest.mark.parametrize(
    ("now_ms", "next_ms"), [(0, 1000), (500, 1000), (5000, 6000), (5500, 6000), (15_900, 16_000), (16_000, 20_000)]
)
def test_the_clock_alone_changes_something_at_each_second_and_phase(
    frames: RaceFrames, now_ms: int, next_ms: int
) -> None:
    frames.hear(state(1, 0))
    assert frames.next_ms(now_ms) == next_ms


def test_a_podium_without_places_is_drawn(frames: RaceFrames) -> None:
    frames.hear(state(1, 0, result=GameResult(places=(), winners=())))
    [patch] = frames.due(17_000)
    assert isinstance(patch.picture, Image.Image)
