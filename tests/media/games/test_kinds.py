from __future__ import annotations

import pytest

from media.games.kinds import referee_for
from media.games.phases import Phases
from media.games.race import Race
from media.games.referee import PrizeRule
from media.games.seats import Seats
from media.wire.games import GameKind, GameRules, PrizeFor


def test_a_race_is_scored_as_a_race_under_its_prize(phases: Phases) -> None:
    rules = GameRules(kind=GameKind.RACE, prize_for=PrizeFor.FIRST, prizes=2)
    referee = referee_for(rules, Seats(phases), b"s" * 32)
    assert isinstance(referee.scoring, Race)
    assert (referee.phases, referee.prize) == (phases, PrizeRule(PrizeFor.FIRST, 2))


@pytest.mark.parametrize("kind", GameKind)
def test_every_kind_has_a_referee_that_goes_on_where_another_stood(phases: Phases, kind: GameKind) -> None:
    rules = GameRules(kind=kind)
    referee, second = (referee_for(rules, Seats(phases), b"s" * 32) for _ in range(2))
    referee.join("phone", "address", 1000)
    second.restore(referee.snapshot(9000), 9000)
    assert second.result(20_000) == referee.result(20_000)
    assert second.prize is None
