"""The limits of a file, and the result of probing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

HDR_TRANSFERS = ("smpte2084", "arib-std-b67")


@dataclass(frozen=True)
class Limits:
    """The limits of a file."""

    bytes: int
    pixels: int
    duration_s: int


@dataclass(frozen=True)
class Colours:
    """How a film's numbers become colours, in ffmpeg's words; empty where the file does not say."""

    matrix: str = ""
    primaries: str = ""
    transfer: str = ""
    alpha: bool = False

    @property
    def hdr(self) -> bool:
        return self.transfer in HDR_TRANSFERS


@dataclass(frozen=True)
class Found:
    """The result of probing a file. Width and height as a viewer sees it: upright, with square pixels.

    `starts_s` is when film and sound begin, counted from the first packet of anything in the file (a subtitle, say).
    `picture_ms` is how long after that the last frame of a film ends; its sound may go on.
    `loops`: an animated picture; `duration_ms` is then one turn.
    """

    kind: Literal["video", "image", "audio"]
    format: str
    bytes: int
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    picture_ms: int | None = None
    starts_s: float = 0.0
    video_codec: str = ""
    audio_codec: str = ""
    video_stream: int | None = None
    audio_stream: int | None = None
    rotation: int = 0
    rate: Fraction = Fraction(0)
    interlaced: bool = False
    loops: bool = False
    colours: Colours = field(default_factory=Colours)

    @property
    def has_sound(self) -> bool:
        return bool(self.audio_codec)
