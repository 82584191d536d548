"""The referee of a game by its rules: which kind of game is scored by what."""

from __future__ import annotations

from collections.abc import Callable

from media.games.custom import Custom
from media.games.draws import odds_of
from media.games.lucky_draw import LuckyDraw
from media.games.quiz import Quiz
from media.games.race import Race
from media.games.referee import PrizeRule, Referee
from media.games.scoring import Scoring
from media.games.seats import Seats
from media.wire.games import GameKind, GameRules

SCORINGS: dict[GameKind, Callable[[GameRules, Seats], Scoring]] = {
    GameKind.RACE: lambda _rules, seats: Race(seats.phases),
    GameKind.QUIZ: lambda rules, seats: Quiz(seats.phases, rules.right),
    GameKind.LUCKY_DRAW: lambda _rules, seats: LuckyDraw(seats),
    GameKind.CUSTOM: lambda rules, seats: Custom(seats.phases, rules.most_score, rules.pictures),
}


def scoring_for(rules: GameRules, seats: Seats) -> Scoring:
    return SCORINGS[rules.kind](rules, seats)


def referee_for(rules: GameRules, seats: Seats, seed: bytes) -> Referee:
    """A referee whose game nobody has joined; `restore` lets it go on where another stood."""
    prize = PrizeRule(rules.prize_for, rules.prizes, odds_of(rules.one_in)) if rules.prize_for else None
    return Referee(seats.phases, seats, scoring_for(rules, seats), prize, seed)
