"""The referee of one game spot: phones join and send inputs, and in the end it says who won.

It runs in the box's portal, or in the server's web process for a screen without one. It is pure: time is passed in, and
`snapshot` has all that another process needs to go on.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from media.games.draws import ODDS_OF, draw_winners, promise_of
from media.games.phases import Phases
from media.games.scoring import Scoring, Standing
from media.games.seats import Seat, Seats
from media.wire.games import GameInput, PrizeFor

LATE_MS = 400  # the last taps before the end are still on their way
# At most some 20 inputs a second. A phone sends as many; on their way a few may come to arrive together.
INPUT_EVERY_MS, TOGETHER = 45, 5
REPEATED_MS = 1000  # phones have repeated all that they did to a referee that came back
PODIUM = 3


@dataclass(frozen=True)
class PrizeRule:
    """At most `most` phones get a prize in one game. Of finishers who are drawn, each has odds of `odds_ppm`."""

    who: PrizeFor
    most: int
    odds_ppm: int = ODDS_OF


class Result(NamedTuple):
    """The end of a game.

    standings: the best first · winners: the seats with a prize, in their order · entrants: the seats in a draw
    draw: the rule by which the winners were drawn, if they were · cut_short: nobody saw the end, so all of it is drawn
    among those that had joined
    """

    standings: list[Standing]
    winners: list[int]
    entrants: list[int]
    draw: PrizeRule | None = None
    cut_short: bool = False


class Counts(NamedTuple):
    """The numbers of a game in the report."""

    joined: int
    played: int
    finished: int
    prizes: int


@dataclass
class Snapshot:
    """A referee's memory as of `saved_ms`. `scoring` is the state of its kind of game, as JSON."""

    seats: dict[str, Seat]
    taken_at: Counter[str]
    scoring: Any
    saved_ms: int = 0
    cut_short: bool = False


SNAPSHOT = TypeAdapter(Snapshot)


@dataclass
class Referee:
    """`seed` decides what is drawn; only its hash is shown before the game has ended."""

    phases: Phases
    seats: Seats
    scoring: Scoring
    prize: PrizeRule | None
    seed: bytes
    _result: Result | None = None
    _cut_short: bool = False
    _next_ms: dict[int, int] = field(default_factory=dict)

    @property
    def promise(self) -> str:
        return promise_of(self.seed)

    def join(self, phone: str, address: str, now_ms: int) -> Seat:
        """The phone's seat, the same one at each call.

        Raises NoSeat.
        """
        return self.seats.take(phone, address, now_ms)

    def take(self, phone: str, given: GameInput, now_ms: int) -> None:
        """Count an input. One of another spot, of a phone without a seat, or of the wrong time changes nothing."""
        seat = self.seats.by_phone.get(phone)
        if seat is None or given.spot != self.phases.starts_ms or not self._is_open(now_ms):
            return
        if self._may_send(seat.number, now_ms):
            self.scoring.take(seat, given, now_ms)

    def _may_send(self, seat: int, now_ms: int) -> bool:
        """A leaky bucket: each input is due an interval after the one before, and may be some intervals early."""
        due_ms = max(self._next_ms.get(seat, 0), now_ms)
        if due_ms - now_ms >= TOGETHER * INPUT_EVERY_MS:
            return False
        self._next_ms[seat] = due_ms + INPUT_EVERY_MS
        return True

    def _is_open(self, now_ms: int) -> bool:
        return self._result is None and self.phases.play_ms <= now_ms < self._closes_ms

    @property
    def _closes_ms(self) -> int:
        return self.phases.result_ms + LATE_MS

    def result(self, now_ms: int) -> Result | None:
        """None while the game is on; then the same result for ever."""
        if self._result is None and now_ms >= self._closes_ms:
            self._result = self._drawn() if self._cut_short else self._decide()
        return self._result

    def _drawn(self) -> Result:
        """The taps of the end are lost: they could have changed every place."""
        entrants = sorted(seat.number for seat in self.seats.by_phone.values())
        most, odds_ppm = (self.prize.most, self.prize.odds_ppm) if self.prize else (0, ODDS_OF)
        drawn = draw_winners(self.seed, entrants, most=max(most, PODIUM))
        winners = draw_winners(self.seed, entrants, most=most, odds_ppm=odds_ppm)
        return Result([Standing((seat,), 0, 0) for seat in drawn], winners, entrants, self.prize, cut_short=True)

    def _decide(self) -> Result:
        standings = self.scoring.standings()
        if self.prize is None:
            return Result(standings, [], [])
        if self.prize.who is PrizeFor.DRAWN:
            entrants = sorted(self.scoring.finishers())
            winners = draw_winners(self.seed, entrants, most=self.prize.most, odds_ppm=self.prize.odds_ppm)
            return Result(standings, winners, entrants, self.prize)
        return Result(standings, self._placed(standings, self.prize.who)[: self.prize.most], [])

    def _placed(self, standings: list[Standing], who: PrizeFor) -> list[int]:
        if who is PrizeFor.FINISHERS:
            finishers = self.scoring.finishers()
            return [seat for standing in standings for seat in standing.seats if seat in finishers]
        places = 1 if who is PrizeFor.FIRST else 3
        return [seat for standing in standings[:places] for seat in standing.seats if standing.points > 0]

    def counts(self) -> Counts:
        played = {seat for standing in self.scoring.standings() for seat in standing.seats}
        finished = self.scoring.finishers()
        prizes = len(self._result.winners) if self._result else 0
        return Counts(len(self.seats), len(played | finished), len(finished), prizes)

    def snapshot(self, now_ms: int) -> bytes:
        state = TypeAdapter(type(self.scoring.state)).dump_python(self.scoring.state, mode="json")
        return SNAPSHOT.dump_json(
            Snapshot(self.seats.by_phone, self.seats.taken_at, state, saved_ms=now_ms, cut_short=self._cut_short)
        )

    def restore(self, snapshot: bytes, now_ms: int) -> None:
        """Go on where another referee of the same game stood. Inputs repeat all that a phone did, so what was lost in
        between comes again; after the end of the play nothing comes, and the game is drawn.

        Raises ValueError if it is not such a snapshot.
        """
        found = SNAPSHOT.validate_json(snapshot)
        self.scoring.state = TypeAdapter(type(self.scoring.state)).validate_python(found.scoring)
        self.seats.by_phone, self.seats.taken_at = found.seats, found.taken_at
        has_missed_end = found.saved_ms < self._closes_ms < now_ms + REPEATED_MS
        self._cut_short = found.cut_short or has_missed_end
