"""An animated picture becomes a film in which each picture is shown as long as it should be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageColor

from media.cards.grounds import Ground
from server.creatives.probe.found import Limits
from server.creatives.probe.probe import probe
from server.creatives.render.ffmpeg import FfmpegLimits
from server.creatives.render.films import make_film
from server.creatives.render.loops import rate_of, write_loop
from tests.rig.files.odd_films import ffmpeg

LIMITS = Limits(bytes=64 << 20, pixels=50_000_000, duration_s=600)
FFMPEG = FfmpegLimits(timeout_s=60, memory_bytes=2 << 30, max_pixels=50_000_000)
COLOURS = ("red", "green", "blue", "white", "black")


def animation(path: Path, *lengths: int) -> Path:
    frames = [Image.new("RGB", (64, 36), COLOURS[number % len(COLOURS)]) for number in range(len(lengths))]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=lengths, loop=0)
    return path


def listed(folder: Path, *lengths: int, length_ms: int) -> list[tuple[str, float]]:
    """The name of each picture in the list, and for how many seconds it is shown."""
    source, listed = animation(folder / "a.gif", *lengths), folder / "loop"
    found = probe(source, LIMITS)
    write_loop(
        source, found, listed, length_ms=length_ms, ground=Ground.WHITE, limits=FFMPEG, on_progress=lambda _: None
    )
    lines = [line.split() for line in listed.read_text().splitlines()]
    names, times = ([line[1] for line in lines if line[0] == word] for word in ("file", "duration"))
    return list(zip(names, map(float, times), strict=True))


def frames(folder: Path, *lengths: int, length_ms: int) -> list[str]:
    """The colour of each frame of the film that is made of an animation."""
    source, turns = animation(folder / "a.gif", *lengths), folder / "loop"
    limits: dict[str, Any] = {"length_ms": length_ms, "ground": Ground.WHITE, "limits": FFMPEG}
    found = write_loop(source, probe(source, LIMITS), turns, on_progress=lambda _: None, **limits)
    film, files = folder / "film", {"screen": folder / "film", "picture": folder / "p", "sound": folder / "none"}
    make_film(turns, found, **files, on_progress=lambda _: None, **limits)
    ffmpeg("-i", film, "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", folder / "raw")
    raw = (folder / "raw").read_bytes()
    return [_nearest(raw[at : at + 3]) for at in range(0, len(raw), 3)]


def _nearest(pixel: bytes) -> str:
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(pixel, ImageColor.getrgb(name), strict=False)))


def test_a_picture_that_is_shown_for_minutes_is_written_once(tmp_path: Path) -> None:
    shown = listed(tmp_path, 290_000, 300_000, length_ms=590_000)
    assert shown[:2] == [("turn-000000.png", 290), ("turn-000001.png", 300)]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["turn-000000.png", "turn-000001.png"]


def test_a_turn_begins_again_until_the_length_is_full(tmp_path: Path) -> None:
    shown = listed(tmp_path, 80, 80, 80, length_ms=500)
    assert [name[-5] for name, _ in shown] == ["0", "1", "2", "0", "1", "2", "0", "1"]
    assert {seconds for _, seconds in shown} == {0.08}


@pytest.mark.parametrize("length_ms", [480, 500])
def test_the_list_ends_with_a_picture_that_is_not_seen_any_more(tmp_path: Path, length_ms: int) -> None:
    """ffmpeg shows the last of a list for a moment only, and what was before it for longer."""
    *seen, _ = listed(tmp_path, 80, 80, 80, length_ms=length_ms)
    assert round(1000 * sum(seconds for _, seconds in seen)) >= length_ms


@pytest.mark.parametrize(
    ("lengths", "rate"),
    [((40, 40, 40), 25), ((20,) * 6, 25), ((100, 100), 30), ((33, 34, 33), 30), ((42, 41, 42), 24), ((70, 30), 30)],
)
def test_a_turn_is_encoded_at_the_rate_that_meets_its_instants_best(lengths: tuple[int, ...], rate: int) -> None:
    assert rate_of(list(lengths)) == rate


@pytest.mark.parametrize(("lengths", "turns"), [((40, 40, 40), 8), ((20, 20, 40), 12), ((300, 100), 3)])
def test_each_turn_shows_the_same_pictures_for_the_same_time(
    tmp_path: Path, lengths: tuple[int, ...], turns: int
) -> None:
    """The last turn too, and no turn is long enough to hide a frame that is missing."""
    turn_ms = sum(lengths)
    shown = frames(tmp_path, *lengths, length_ms=turn_ms * turns)
    of_a_turn = shown[: len(shown) // turns]
    assert len(set(of_a_turn)) == len([each for each in lengths if each >= 40]) + (20 in lengths)
    assert shown == of_a_turn * turns
