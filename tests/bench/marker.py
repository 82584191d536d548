"""Media with a number in it that can be read back from pixels, and the reading. Pure, but for the encoding."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from PIL import Image

from tests.rig.players.xgrab import Grab, Gray

SIZE = (640, 360)
BLOCK = 40
BITS = 8
LOW, HIGH, GROUND = 80, 200, 130  # nothing in the media is darker than LOW: what is, is black
CLOSE = 25
DARK = 32
BLACK_SHARE = 0.01


@dataclass(frozen=True)
class Marked:
    """A media file and the number that its pixels show."""

    number: int
    path: Path
    mime: str


@dataclass(frozen=True)
class Reading:
    """The number in one frame, None if it cannot be read, and whether any part of the frame is black."""

    number: int | None
    black: bool


@dataclass(frozen=True)
class Change:
    """The number changed to this one after the one grab and before, or at, the other."""

    number: int
    after_ns: int
    by_ns: int

    @property
    def middle_ns(self) -> int:
        return (self.after_ns + self.by_ns) // 2


def read_marker(frame: Gray) -> Reading:
    black = bool(np.count_nonzero(frame[::4, ::4] < DARK) > BLACK_SHARE * frame[::4, ::4].size)
    number = 0
    for bit in range(BITS):
        level = int(frame[BLOCK // 4 : BLOCK * 3 // 4, bit * BLOCK + BLOCK // 4 : bit * BLOCK + BLOCK * 3 // 4].mean())
        if min(abs(level - LOW), abs(level - HIGH)) > CLOSE:
            return Reading(None, black)
        number |= (abs(level - HIGH) <= CLOSE) << bit
    return Reading(number, black)


def changes(grabs: Sequence[Grab[Reading]]) -> list[Change]:
    """Each time another number is seen."""
    found = []
    for before, grab in pairwise(grabs):
        number = grab.seen.number
        if number is not None and number != before.seen.number:
            found.append(Change(number, before.at_ns, grab.at_ns))
    return found


def change_for(number: int, at_ns: int, *, among: Sequence[Change], within_ns: int) -> Change | None:
    """The first change to that number near its instant."""
    near = [change for change in among if change.number == number and abs(change.middle_ns - at_ns) <= within_ns]
    return near[0] if near else None


def draw_film(number: int, path: Path, *, seconds: float) -> Marked:
    """H.264 as a screen is sent it, with a bar that moves."""
    bar = f"between(X-mod(N*8,{SIZE[0]}),0,40)*gt(Y,{BLOCK * 2})"
    luma = f"if(lt(Y,{BLOCK}),{_marker_luma(number)},if({bar},{HIGH},{GROUND}))"
    source = f"color=gray:s={SIZE[0]}x{SIZE[1]}:r=25:d={seconds},format=yuv420p,geq=lum='{luma}':cb=128:cr=128"
    codec = ["-c:v", "libx264", "-profile:v", "high", "-level", "4.0", "-pix_fmt", "yuv420p", "-color_range", "pc"]
    _ffmpeg(["-f", "lavfi", "-i", source, *codec, "-movflags", "+faststart", str(path)])
    return Marked(number, path, "video/mp4")


def draw_still(number: int, path: Path, *, mime: str) -> Marked:
    pixels = np.full((SIZE[1], SIZE[0]), GROUND, np.uint8)
    for bit in range(BITS):
        pixels[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = HIGH if number >> bit & 1 else LOW
    Image.fromarray(pixels).convert("RGB").save(path, quality=95)
    return Marked(number, path, mime)


def _marker_luma(number: int) -> str:
    bit = f"mod(floor({number}/pow(2,min({BITS},floor(X/{BLOCK})))),2)"
    return f"if(gt({bit},0),{HIGH},{LOW})"


def _ffmpeg(arguments: list[str]) -> None:
    quiet = ["ffmpeg", "-y", "-nostdin", "-hide_banner", "-loglevel", "error"]
    subprocess.run([*quiet, *arguments], check=True, timeout=120)
