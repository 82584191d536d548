from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.creatives.render.ffmpeg import (
    NoRoomForRenditions,
    RenditionFailed,
    RenditionTooBig,
    RenditionTooSlow,
    reason_of,
    run_ffmpeg,
)
from server.creatives.render.renditions import (
    Bench,
    make_renditions,
)
from tests.rig.servers.disks import small_disk
from tests.server.creatives.render.conftest import FFMPEG, piece


def test_a_feed_that_breaks_ends_the_run(tmp_path: Path) -> None:
    def feed() -> Iterator[bytes]:
        yield bytes(64 * 64 * 3)
        raise LookupError

    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x64", "-i", "pipe:0"]
    with pytest.raises(LookupError):
        run_ffmpeg([*raw, "-f", "null", "-"], limits=FFMPEG, feed=feed())


def test_a_run_that_takes_too_long_is_ended(bench: Bench) -> None:
    slow = replace(bench, ffmpeg=replace(FFMPEG, timeout_s=0.3))
    with pytest.raises(RenditionTooSlow):
        make_renditions(piece(slow, "large60.mp4"), slow)


def test_a_run_that_needs_too_much_memory_is_ended(bench: Bench) -> None:
    small = replace(bench, ffmpeg=replace(FFMPEG, memory_bytes=300 << 20))
    with pytest.raises(RenditionTooBig):
        make_renditions(piece(small, "large60.mp4"), small)


def test_a_full_disk_is_reported_as_such(bench: Bench, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", kilobytes=64) as folder:
        full = replace(bench, folder=folder, files={})
        with pytest.raises(NoRoomForRenditions):
            make_renditions(piece(full, "film.mp4"), full)


def test_a_run_ends_when_its_listener_says_so(bench: Bench) -> None:
    def enough(_: float) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        make_renditions(piece(bench, "film.mp4"), replace(bench, on_progress=enough))


def test_ffmpegs_last_words_become_a_reason() -> None:
    assert isinstance(reason_of("av_interleaved_write_frame(): No space left on device", 1), NoRoomForRenditions)
    assert isinstance(reason_of("Cannot allocate memory", 1), RenditionTooBig)
    strange = reason_of("first\nError while decoding stream #0:0\n", 1)
    assert type(strange) is RenditionFailed
    assert strange.facts == {"ffmpeg": "Error while decoding stream #0:0"}
