"""An animated picture becomes a film in which each picture is shown as long as it should be."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from media.found import Limits
from media.grounds import Ground
from media.probe import probe
from server.creatives.ffmpeg import FfmpegLimits
from server.creatives.loops import write_loop

LIMITS = Limits(bytes=64 << 20, pixels=50_000_000, duration_s=600)
FFMPEG = FfmpegLimits(timeout_s=60, memory_bytes=2 << 30, max_pixels=50_000_000)
COLOURS = ("red", "green", "blue", "white", "black")


def animation(path: Path, *lengths: int) -> Path:
    frames = [Image.new("RGB", (64, 36), COLOURS[number % len(COLOURS)]) for number in range(len(lengths))]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=lengths, loop=0)
    return path


def listed(folder: Path, *lengths: int, length_ms: int) -> list[tuple[str, float]]:
    """The name of each picture in the list, and for how many seconds it is shown."""
    source, told = animation(folder / "a.gif", *lengths), folder / "loop"
    found = probe(source, LIMITS)
    write_loop(source, found, told, length_ms=length_ms, ground=Ground.WHITE, limits=FFMPEG, on_progress=lambda _: None)
    lines = [line.split() for line in told.read_text().splitlines()]
    names, times = ([line[1] for line in lines if line[0] == word] for word in ("file", "duration"))
    return list(zip(names, map(float, times), strict=True))


def test_a_picture_that_is_shown_for_minutes_is_written_once(tmp_path: Path) -> None:
    shown = listed(tmp_path, 290_000, 300_000, length_ms=590_000)
    assert shown == [("turn-000000.png", 290), ("turn-000001.png", 300)]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["turn-000000.png", "turn-000001.png"]


def test_a_turn_begins_again_until_the_length_is_full(tmp_path: Path) -> None:
    shown = listed(tmp_path, 80, 80, 80, length_ms=500)
    assert [name[-5] for name, _ in shown] == ["0", "1", "2", "0", "1", "2", "0"]
    assert {seconds for _, seconds in shown} == {0.08}


@pytest.mark.parametrize("lengths", [(20,) * 10, (30, 20, 20)])
def test_pictures_that_follow_too_fast_are_left_out_and_the_turn_takes_as_long(
    tmp_path: Path, lengths: tuple[int, ...]
) -> None:
    turn_ms = sum(lengths)
    shown = listed(tmp_path, *lengths, length_ms=turn_ms)
    assert round(sum(seconds for _, seconds in shown) * 1000) == turn_ms
    assert len(shown) <= turn_ms * 30 // 1000 + 1
