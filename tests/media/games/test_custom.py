from __future__ import annotations

import pytest

from media.games.custom import MOST_SHOWN, Custom
from media.games.phases import Phases
from media.games.scoring import Standing
from media.games.seats import Seat
from media.wire.games import GameInput, GameState, PlayerBoard


@pytest.fixture
def custom(phases: Phases) -> Custom:
    return Custom(phases, most_score=100, pictures=2)


def score(points: int, *, finished: bool = False) -> GameInput:
    return GameInput(spot=0, score=points, finished=finished)


def test_the_best_score_counts_from_when_it_was_reached(custom: Custom) -> None:
    for points, now_ms in ((10, 7000), (30, 8000), (20, 9000), (30, 9500)):
        custom.take(Seat(0, 0), score(points), now_ms)
    assert custom.standings() == [Standing((0,), 30, 8000)]


def test_a_score_that_is_not_possible_is_ignored(custom: Custom) -> None:
    custom.take(Seat(0, 0), score(101, finished=True), 15_000)
    assert (custom.standings(), custom.finishers()) == ([], set())


@pytest.mark.parametrize(
    ("joined_ms", "now_ms", "finishes"),
    [(0, 7999, False), (0, 8000, True), (10_000, 11_999, False), (10_000, 12_000, True)],
)
def test_nobody_finishes_in_a_moment(custom: Custom, joined_ms: int, now_ms: int, finishes: bool) -> None:
    custom.take(Seat(3, joined_ms), score(100, finished=True), now_ms)
    assert custom.finishers() == ({3} if finishes else set())


def boards(custom: Custom) -> tuple[PlayerBoard, ...]:
    return custom.shown(GameState(spot=0, joined=1), 9000).boards


def test_the_screen_shows_each_players_number_or_picture(custom: Custom) -> None:
    custom.take(Seat(4, 0), GameInput(spot=0, score=9, board=3), 7000)
    custom.take(Seat(1, 0), GameInput(spot=0, score=2, picture=1), 7000)
    assert boards(custom) == (PlayerBoard(seat=1, picture=1), PlayerBoard(seat=4, number=3))


@pytest.mark.parametrize("impossible", [{"board": 101}, {"picture": 2}, {"score": 101, "board": 1}])
def test_what_the_game_cannot_show_is_ignored(custom: Custom, impossible: dict[str, int]) -> None:
    custom.take(Seat(1, 0), GameInput(spot=0, board=5), 7000)
    custom.take(Seat(1, 0), GameInput(spot=0, **impossible), 7100)
    assert boards(custom) == (PlayerBoard(seat=1, number=5),)


def test_of_a_crowd_the_screen_shows_the_best(custom: Custom) -> None:
    for seat in range(MOST_SHOWN + 1):
        custom.take(Seat(seat, 0), score(seat), 7000)
    assert [board.seat for board in boards(custom)] == list(range(1, MOST_SHOWN + 1))
