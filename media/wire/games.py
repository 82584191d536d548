"""Games: what a phone sends to the referee of a game spot, and what the referee sends to the phones and the screen."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from media.wire.message import COLUMN_MOST, Instant, Message

MOST_QUESTIONS, MOST_CHOICES = 3, 4
NO_ANSWER = -1

Answer = Annotated[int, Field(ge=NO_ANSWER, lt=MOST_CHOICES)]


class GameInput(Message):
    """Everything that a phone has done in a game so far. Each message repeats it, so any message may be lost.

    spot: the instant at which the game's spot starts · answers: the choice for each question, −1 where none is made ·
    score, finished: a custom game's own, untrusted
    """

    spot: Instant
    taps: Annotated[int, Field(ge=0, le=COLUMN_MOST)] = 0
    answers: Annotated[tuple[Answer, ...], Field(max_length=MOST_QUESTIONS)] = ()
    score: Annotated[int, Field(ge=0, le=COLUMN_MOST)] = 0
    finished: bool = False
