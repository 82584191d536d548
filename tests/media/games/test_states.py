from __future__ import annotations

import pytest

from media.games.faces import shown_face
from media.games.kinds import referee_for
from media.games.phases import Phases
from media.games.referee import Referee, Result
from media.games.seats import Seats
from media.games.states import MOST_PLACES, result_shown, state_of
from media.wire.games import GameInput, GameKind, GamePlace, GameRules, GameState, PrizeFor


def race(phases: Phases, *taps: int) -> Referee:
    """One in which each phone has tapped so often."""
    referee = referee_for(GameRules(kind=GameKind.RACE), Seats(phases, most_per_address=99), b"s" * 32)
    for number, count in enumerate(taps):
        referee.join(f"phone {number}", "", 1000)
        referee.take(f"phone {number}", GameInput(spot=0, taps=count), 12_000)
    return referee


def test_a_state_says_who_joined_and_how_the_game_stands(phases: Phases) -> None:
    assert state_of(race(phases, 50, 25), None, 12_000) == GameState(spot=0, joined=2, positions=(500, 250))


def test_a_result_shows_the_best_and_the_seed(phases: Phases) -> None:
    referee = race(phases, *range(1, 21))
    result = referee.result(17_000)
    assert result is not None
    shown = result_shown(referee, result, [7])
    assert len(shown.places) == MOST_PLACES
    assert shown.places[0] == GamePlace(seats=(7, 19), face=shown_face(7), points=14_000)
    assert (shown.winners, shown.seed) == ((7,), (b"s" * 32).hex())
    assert state_of(referee, shown, 17_000).result == shown


def test_a_winner_who_came_after_the_stock_is_named_apart(phases: Phases) -> None:
    referee = race(phases, 20, 10)
    shown = result_shown(referee, Result(referee.scoring.standings(), [0, 1], []), [0])
    assert (shown.winners, shown.without_prize) == ((0,), (1,))


@pytest.mark.parametrize(("who", "is_promised"), [(PrizeFor.DRAWN, True), (PrizeFor.FIRST, False), (None, False)])
def test_a_draw_is_promised_with_every_state(phases: Phases, who: PrizeFor | None, is_promised: bool) -> None:
    referee = referee_for(GameRules(kind=GameKind.LUCKY_DRAW, prize_for=who, prizes=1), Seats(phases), b"s" * 32)
    assert state_of(referee, None, 1000).promise == (referee.promise if is_promised else "")
