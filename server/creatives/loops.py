"""An animated picture as a film: one turn of it without loss, which ffmpeg then repeats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from PIL import Image

from media.animations import frames_of
from media.found import Found
from media.grounds import Ground, on_ground
from server.creatives.ffmpeg import FfmpegLimits, OnProgress, run_ffmpeg
from server.creatives.films import SCREEN_BOX, fit

RATE = 30
CODEC = "ffv1"


def write_turn(
    source: Path, found: Found, turn: Path, *, ground: Ground, limits: FfmpegLimits, on_progress: OnProgress
) -> Found:
    """Write one turn at a constant rate and tell what was written; `on_progress` may only stop the run."""
    width, height = fit(found, SCREEN_BOX)
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(RATE), "-i", "pipe:0"]
    command = [*raw, "-c:v", CODEC, "-pix_fmt", "bgr0", "-f", "matroska", f"file:{turn}"]
    frames = _ticks(source, (width, height), ground)
    run_ffmpeg(command, limits=limits, on_progress=lambda _: on_progress(0.0), total_ms=1, feed=frames)
    return replace(found, width=width, height=height, video_codec=CODEC, video_stream=0, rate=Fraction(RATE))


def _ticks(source: Path, size: tuple[int, int], ground: Ground) -> Iterator[bytes]:
    """The raw picture of each moment of the constant rate; a turn has at least one."""
    elapsed_ms, ticks = 0, 0
    for frame, shown_ms in frames_of(source):
        elapsed_ms += shown_ms
        due = max(1, round(elapsed_ms * RATE / 1000))
        if due > ticks:
            picture = on_ground(frame, ground).resize(size, Image.Resampling.LANCZOS).tobytes()
            yield from (picture for _ in range(due - ticks))
            ticks = due
