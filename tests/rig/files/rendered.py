"""Pixels and sound of a made file: for tests and benches that examine renditions."""

from __future__ import annotations

import re
import subprocess
from array import array
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageChops, ImageStat

from tests.rig.files.odd_films import ffmpeg

SAMPLE_RATE = 48_000
SECRETS = re.compile(b"SECRET|Lavc5|x264 - core")


def frame_at(path: Path, at_s: float) -> Image.Image:
    """The picture of a film at a moment."""
    with TemporaryDirectory() as folder:
        frame = Path(folder) / "frame.png"
        ffmpeg("-ss", f"{at_s}", "-i", path, "-frames:v", "1", frame)
        with Image.open(frame) as image:
            return image.convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """The mean over all pixels and channels, of 255."""
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def hertz_of(path: Path) -> float:
    """How often a second the sound crosses zero upwards; for one tone that is its pitch."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "s16le", "-ar", str(SAMPLE_RATE), "-ac", "1", "-"]
    samples = array("h", subprocess.run(command, capture_output=True, check=True).stdout)
    return sum(before < 0 <= after for before, after in pairwise(samples)) * SAMPLE_RATE / len(samples)


def says_secrets(path: Path) -> bool:
    """Does it repeat what the samples with metadata say, or what encoders sign with?"""
    return SECRETS.search(path.read_bytes()) is not None
