"""The record of a draw: all that is needed to compute its winners again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from media.games.draws import ODDS_OF, draw_winners, promise_of
from media.games.seats import MOST_SEATS

Hex256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Seat = Annotated[int, Field(ge=0, lt=MOST_SEATS)]
SeatList = Annotated[tuple[Seat, ...], Field(max_length=MOST_SEATS)]


class DrawRecord(BaseModel):
    """A draw as it was decided.

    promise: what was shown before the game, the SHA-256 of the seed · entrants: the seats in the draw
    odds_ppm: how likely each entrant was to win at all, in millionths · most: winners at most
    winners: the seats that were drawn, the first one first · prizes: those of them whose coupon was in stock
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    screen: str
    starts_at: AwareDatetime
    promise: Hex256
    seed: Hex256
    entrants: SeatList
    odds_ppm: Annotated[int, Field(ge=0, le=ODDS_OF)]
    most: Annotated[int, Field(ge=0)]
    winners: SeatList
    prizes: SeatList


def differences(record: DrawRecord) -> Iterator[str]:
    """Everything in the record that does not follow from its seed, as sentences; none if it is correct."""
    seed = bytes.fromhex(record.seed)
    if promise_of(seed) != record.promise:
        yield f"The promise is {record.promise}, but the SHA-256 of the seed is {promise_of(seed)}."
    if len(set(record.entrants)) != len(record.entrants):
        yield "A seat is in the draw more than once."
    drawn = draw_winners(seed, record.entrants, most=record.most, odds_ppm=record.odds_ppm)
    if drawn != list(record.winners):
        yield f"The record names the winners {_seats(record.winners)}, but the seed draws {_seats(drawn)}."
    if [seat for seat in record.winners if seat in record.prizes] != list(record.prizes):
        yield f"Prizes were given to {_seats(record.prizes)}, which are not winners in their order."


def _seats(seats: tuple[int, ...] | list[int]) -> str:
    return f"seats {', '.join(map(str, seats))}" if seats else "no seat"
