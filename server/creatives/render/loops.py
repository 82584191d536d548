"""An animated picture as a film: each picture of one turn as a file, and a list of what is shown for how long."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, cycle
from pathlib import Path

from PIL import Image

from media.cards.grounds import Ground, on_ground
from server.creatives.probe.animations import frames_of
from server.creatives.probe.found import Found
from server.creatives.render.ffmpeg import FfmpegLimits, OnProgress, run_ffmpeg
from server.creatives.render.films import SCREEN_BOX, fit

RATES = (30, 25, 24)  # the first that fits best is taken
NAME = "turn-%06d.png"


def write_loop(
    source: Path,
    found: Found,
    listed: Path,
    *,
    length_ms: int,
    ground: Ground,
    limits: FfmpegLimits,
    on_progress: OnProgress,
) -> Found:
    """Write the pictures of one turn beside `listed`, which names them again and again until `length_ms` is over.

    A picture is written once, however long it is shown. Returns what was written; `on_progress` may only stop the run.
    """
    width, height = fit(found, SCREEN_BOX)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-i", "pipe:0"]
    command = [*raw, "-c:v", "png", "-f", "image2", "-start_number", "0", f"file:{listed.parent / NAME}"]
    lengths: list[int] = []
    pictures = _pictures(source, (width, height), ground, lengths)
    run_ffmpeg(command, limits=limits, on_progress=lambda _: on_progress(0.0), total_ms=1, feed=pictures)
    listed.write_text("".join(_lines(lengths, length_ms)))
    rate = Fraction(rate_of(lengths))
    return replace(found, width=width, height=height, video_codec="png", video_stream=0, rate=rate)


def rate_of(lengths: list[int]) -> int:
    """The frames a second with which the pictures of a turn, and the next turn, begin nearest to their instants.

    A turn of 3 × 40 ms is three frames at 25 a second. At 30 it would be 3.6, and one turn would look unlike another.
    """
    *instants, turn_ms = accumulate(lengths)

    def error_ms(at_ms: int, rate: int) -> float:
        return abs(at_ms - round(at_ms * rate / 1000) * 1000 / rate)

    def errors_ms(rate: int) -> float:
        return sum(error_ms(at_ms, rate) for at_ms in instants) / len(lengths) + error_ms(turn_ms, rate)

    return min(RATES, key=errors_ms)


def _pictures(source: Path, size: tuple[int, int], ground: Ground, lengths: list[int]) -> Iterator[bytes]:
    """The raw pictures of a turn; `lengths` gets the milliseconds of each."""
    for frame, shown_ms in frames_of(source):
        lengths.append(shown_ms)
        yield on_ground(frame, ground).resize(size, Image.Resampling.LANCZOS).tobytes()


def _lines(lengths: list[int], length_ms: int) -> Iterator[str]:
    """ffmpeg's list of files. The rate is a file's own, and the unit in which its length is counted.

    ffmpeg shows the last of a list for a moment only, so the list ends with one that begins when `length_ms` is over.
    """
    yield "ffconcat version 1.0\n"
    listed_ms = 0
    for number, shown_ms in cycle(enumerate(lengths)):
        yield f"file {NAME % number}\noption framerate 1000\nduration {shown_ms / 1000:.3f}\n"
        if listed_ms >= length_ms:
            return
        listed_ms += shown_ms
