"""Rounds of games that a box refereed, as it reports them. A report may be repeated and late."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from media.wire.leases import ClaimId
from media.wire.message import COLUMN_MOST, Count, Digest, Instant, Message, Name, Why

MOST_SEATS = 432  # as many as there are faces
MOST_PRIZES = 100
MOST_ROUNDS = 20  # in one report

SeatNumber = Annotated[int, Field(ge=0, lt=MOST_SEATS)]
SeatCount = Annotated[int, Field(ge=0, le=MOST_SEATS)]


class RoundPlace(Message):
    """A player, or the players of one lane; the best first."""

    seats: Annotated[tuple[SeatNumber, ...], Field(min_length=1, max_length=MOST_SEATS)]
    points: Annotated[int, Field(ge=0, le=COLUMN_MOST)]


class RoundPrize(Message):
    """The seat that got this claim of the box's lease."""

    seat: SeatNumber
    claim: ClaimId


class RoundReport(Message):
    """One round from its start at `starts_ms` to its end.

    item, version: of the timeline that the box followed · seed: of its draw · entrants: the seats in the draw
    cut_short: the box's portal was away at the end, so all of it was drawn
    """

    screen: Name
    starts_ms: Instant
    item: Name
    version: Count
    seed: Digest
    joined: SeatCount
    played: SeatCount
    finished: SeatCount
    places: Annotated[tuple[RoundPlace, ...], Field(max_length=MOST_SEATS)] = ()
    prizes: Annotated[tuple[RoundPrize, ...], Field(max_length=MOST_PRIZES)] = ()
    entrants: Annotated[tuple[SeatNumber, ...], Field(max_length=MOST_SEATS)] = ()
    cut_short: bool = False


class RoundReports(Message):
    """Some rounds, oldest first."""

    rounds: Annotated[tuple[RoundReport, ...], Field(max_length=MOST_ROUNDS)]


class RoundAnswer(Message):
    """The answer to one round. Each is final: the box does not report it again."""

    screen: str
    starts_ms: int
    status: Literal["accepted", "duplicate", "refused"]
    why: Why = ""


class RoundAnswers(Message):
    rounds: tuple[RoundAnswer, ...]
