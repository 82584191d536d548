"""Proof of play: the showings that a player reports, and the server's answer to each."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from media.wire.message import Message, Name

# A showing is *played* if its length is that of the whole item, within this tolerance.
PLAYED_WITHIN_MS = 500
# The most phones that a hotspot's plan can allow; a higher count is a fault, or a lie.
MOST_PHONES = 250

PlayKind = Literal["spot", "house", "interrupt"]
PlayResult = Literal["played", "short", "failed", "interrupted"]


class Play(Message):
    """One showing that happened: the proof of play. `starts_ms` is the planned instant, `began_ms` the real one.

    Its values are judged one by one (server/plays/judge.py), so that one that is odd is refused with its reason.

    phones: phones on the box's WiFi during the showing, the mean of `phones_samples` counts. Without a count `phones`
    has no meaning: the box has no hotspot, its hotspot did not answer, or its software is older.
    """

    id: Name = Field(min_length=26, max_length=26)
    kind: PlayKind
    screen: str
    starts_ms: int
    item: str
    campaign: str | None = None
    version: int
    began_ms: int
    ended_ms: int
    result: PlayResult
    why: str = ""
    phones: int = Field(default=0, ge=0)
    phones_samples: int = Field(default=0, ge=0)


class Plays(Message):
    """A batch of plays, oldest first, at most 1,000."""

    plays: tuple[Play, ...] = Field(max_length=1000)


class PlayAnswer(Message):
    """The result of one reported play; a box deletes it when accepted, duplicate, or refused for good."""

    id: str
    status: Literal["accepted", "duplicate", "refused"]
    why: str = ""
    final: bool = True


class PlaysAnswer(Message):
    plays: tuple[PlayAnswer, ...]
