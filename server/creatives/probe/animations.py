"""Animated pictures (GIF, PNG, WebP, AVIF): their frames as they are seen, and how long one turn lasts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from media.refused import too_long, truncated
from server.creatives.probe.completeness import is_whole
from server.creatives.probe.ffprobe import TIME_LIMIT_S, too_slow
from server.creatives.probe.found import Limits
from server.creatives.probe.pictures import FORMATS, hostile, upright_in_srgb

SHORTEST_FRAME_MS, USUAL_FRAME_MS = 20, 100  # browsers take what is shorter for a mistake


def frames_of(path: Path) -> Iterator[tuple[Image.Image, int]]:
    """Each frame of one turn, RGB or RGBA, and for how many milliseconds it is shown."""
    with hostile(path), Image.open(path, formats=FORMATS) as image:
        first = 1 if image.info.get("default_image") else 0  # the picture for programs that know no animation
        for number in range(first, getattr(image, "n_frames", 1)):
            image.seek(number)
            image.load()
            shown_ms = round(image.info.get("duration") or 0)
            yield upright_in_srgb(image, path), shown_ms if shown_ms >= SHORTEST_FRAME_MS else USUAL_FRAME_MS


def measure_turn(path: Path, limits: Limits) -> int:
    """One turn in milliseconds; all frames are decoded.

    Raises Refused for a turn that is longer than allowed, cut off, or takes too long to read.
    """
    if is_whole(path) is False:
        raise truncated()
    turn_ms, began = 0, time.monotonic()
    for _frame, shown_ms in frames_of(path):
        turn_ms += shown_ms
        if turn_ms > limits.duration_s * 1000:
            raise too_long(turn_ms, limits.duration_s)
        if time.monotonic() - began > TIME_LIMIT_S:
            raise too_slow()
    return turn_ms
