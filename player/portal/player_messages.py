"""Requests of the portal to the player's daemon, which alone knows the timeline, the clock and the files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from media.wire.message import Digest
from media.wire.phone import Stage
from media.wire.timeline import Item

LONGEST_ITEM = 53


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScreenRequest(Strict):
    """scanned: an item's id, or empty"""

    kind: Literal["screen"] = "screen"
    scanned: str = Field(default="", max_length=LONGEST_ITEM)


class MediaRequest(Strict):
    kind: Literal["media"] = "media"
    digest: Digest


PlayerRequest = Annotated[ScreenRequest | MediaRequest, Field(discriminator="kind")]


class Now(Strict):
    """The screens' clock: ms UTC at an instant of the machine's monotonic clock, which all its processes share."""

    utc_ms: float
    mono_ns: int


class ScreenAnswer(Strict):
    """The screen that this box plays.

    stage: its media are at this box · scanned_item: None if this screen does not show it at all
    presence: the token that the strip shows now · has_uplink: whether the server answered the last time
    """

    kind: Literal["screen"] = "screen"
    stage: Stage
    scanned_item: Item | None = None
    public_base: str
    presence: str
    has_uplink: bool
    now: Now


class NoScreen(Strict):
    """The box is not enrolled, or has no timeline yet."""

    kind: Literal["no_screen"] = "no_screen"
    public_base: str
    has_uplink: bool
    now: Now


class MediaAnswer(Strict):
    kind: Literal["media"] = "media"
    path: str
    mime: str


class NoMedia(Strict):
    """No item of the timeline has this file, or it is not on the disk yet."""

    kind: Literal["no_media"] = "no_media"


class BadRequest(Strict):
    kind: Literal["bad_request"] = "bad_request"


PlayerAnswer = Annotated[ScreenAnswer | NoScreen | MediaAnswer | NoMedia | BadRequest, Field(discriminator="kind")]

PLAYER_REQUEST: TypeAdapter[PlayerRequest] = TypeAdapter(PlayerRequest)
PLAYER_ANSWER: TypeAdapter[PlayerAnswer] = TypeAdapter(PlayerAnswer)
