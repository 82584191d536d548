from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from media.store import MediaStore
from server.creatives.probe.found import Limits
from server.creatives.probe.probe import probe
from server.creatives.render.ffmpeg import FfmpegLimits
from server.creatives.render.renditions import (
    Bench,
    Piece,
)
from tests.rig.files.samples import sample

LIMITS = Limits(bytes=64 << 20, pixels=50_000_000, duration_s=600)
FFMPEG = FfmpegLimits(timeout_s=60, memory_bytes=2 << 30, max_pixels=50_000_000)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return bench_in(tmp_path)


def bench_in(folder: Path) -> Bench:
    (folder / "work").mkdir()
    return Bench(MediaStore(folder / "media"), folder / "work", LIMITS, FFMPEG, on_progress=lambda _: None)


def piece(bench: Bench, name: str = "", **more: Any) -> Piece:
    original = bench.store.put_file(sample(name)) if name else None
    kind = probe(sample(name), LIMITS).kind if name else "notice"
    made = Piece(kind=kind, title="A song", text="", language="zh", length_ms=8000, original=original)
    return replace(made, **more)
