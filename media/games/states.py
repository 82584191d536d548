"""How a game stands, as its referee sends it to phones and to the screen."""

from __future__ import annotations

from collections.abc import Iterable

from media.games.faces import shown_face
from media.games.referee import Referee, Result
from media.wire.games import GamePlace, GameResult, GameState, PrizeFor

MOST_PLACES = 12


def state_of(referee: Referee, result: GameResult | None, now_ms: int) -> GameState:
    """`result`: what `result_shown` has made, once the prizes are given."""
    promise = referee.promise if referee.prize and referee.prize.who is PrizeFor.DRAWN else ""
    state = GameState(spot=referee.phases.starts_ms, joined=len(referee.seats), promise=promise, result=result)
    return referee.scoring.shown(state, now_ms)


def result_shown(referee: Referee, result: Result, given: Iterable[int]) -> GameResult:
    """The end of a game with the seed of its draw. given: the seats that got a prize"""
    places = tuple(
        GamePlace(seats=standing.seats, face=shown_face(standing.seats[0]), points=standing.points)
        for standing in result.standings[:MOST_PLACES]
    )
    winners = tuple(given)
    without_prize = tuple(seat for seat in result.winners if seat not in winners)
    return GameResult(
        places=places, winners=winners, without_prize=without_prize, seed=referee.seed.hex(), cut_short=result.cut_short
    )
