from __future__ import annotations

import pytest

from media.games.custom import Custom
from media.games.phases import Phases
from media.games.scoring import Standing
from media.games.seats import Seat
from media.wire.games import GameInput


@pytest.fixture
def custom(phases: Phases) -> Custom:
    return Custom(phases, most_score=100)


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
