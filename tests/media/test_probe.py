from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from media import ffprobe
from media.probe import Found, Limits, probe
from media.refused import Refused
from tests.rig.samples import sample

LIMITS = Limits(bytes=64 << 20, pixels=50_000_000, duration_s=600)

BAD = {
    "empty.mp4": "empty_file",
    "text.mp4": "not_media",
    "playlist.mp4": "not_media",
    "cut.mp4": "truncated",
    "cut_faststart.mp4": "truncated",
    "cut.webm": "truncated",
    "cut.mp3": "truncated",
    "cut.wav": "truncated",
    "cut.ogg": "truncated",
    "cut.gif": "truncated",
    "cut.jpg": "truncated",
    "cut.png": "truncated",
    "bomb.png": "too_many_pixels",
    "unknown_codec.mp4": "unreadable_codec",
    "short.mp4": "too_short",
    "moving.webp": "animated_picture",
}


def refusal(path: Path, limits: Limits = LIMITS) -> Refused:
    with pytest.raises(Refused) as refused:
        probe(path, limits)
    return refused.value


@pytest.mark.parametrize(("name", "code"), BAD.items())
def test_what_cannot_be_used_is_refused_with_reason_and_remedy(name: str, code: str) -> None:
    refused = refusal(sample(name))
    assert refused.code == code
    assert refused.message.endswith(".")
    assert refused.remedy.endswith(".")


@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "tone.mp3", "rotated.jpg", "picture.heic"])
def test_the_name_decides_nothing(name: str, tmp_path: Path) -> None:
    renamed = tmp_path / "letter.txt"
    shutil.copy(sample(name), renamed)
    assert probe(renamed, LIMITS) == probe(sample(name), LIMITS)


def test_a_film_is_told_by_size_length_codecs_and_rate() -> None:
    assert probe(sample("film.mp4"), LIMITS) == Found(
        kind="video",
        format="mov,mp4,m4a,3gp,3g2,mj2",
        bytes=sample("film.mp4").stat().st_size,
        width=320,
        height=180,
        duration_ms=2000,
        video_codec="h264",
        audio_codec="aac",
        video_stream=0,
        audio_stream=1,
        rate=Fraction(25),
    )


def test_a_film_without_sound_says_so() -> None:
    assert not probe(sample("silent.mp4"), LIMITS).has_sound


def test_a_turned_film_is_measured_as_it_is_seen() -> None:
    found = probe(sample("rotated.mp4"), LIMITS)
    assert (found.width, found.height, found.rotation) == (180, 320, 90)


def test_a_turned_photo_is_measured_as_it_is_seen() -> None:
    found = probe(sample("rotated.jpg"), LIMITS)
    assert (found.kind, found.width, found.height, found.rotation) == ("image", 200, 400, 270)


def test_wide_pixels_are_measured_as_they_are_seen() -> None:
    found = probe(sample("wide_pixels.mp4"), LIMITS)
    assert (found.width, found.height) == (320, 180)


@pytest.mark.parametrize("name", ["tone.mp3", "tone.wav", "tone.ogg", "cover.mp3"])
def test_sound_is_sound_even_with_a_cover_picture(name: str) -> None:
    found = probe(sample(name), LIMITS)
    assert found.kind == "audio"
    assert 1990 <= (found.duration_ms or 0) <= 2050


def test_an_animated_gif_is_a_film() -> None:
    assert probe(sample("moving.gif"), LIMITS).kind == "video"


def test_limits_are_told_in_the_refusal() -> None:
    tight = Limits(bytes=100_000, pixels=10_000, duration_s=1)
    assert refusal(sample("film.mp4"), tight).code == "too_large"
    tight = replace(tight, bytes=64 << 20)
    assert refusal(sample("film.mp4"), tight).code == "too_many_pixels"
    assert refusal(sample("tone.mp3"), tight).code == "too_long"
    assert "1 allowed" in refusal(sample("tone.mp3"), tight).message


def test_a_reader_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffprobe, "TIME_LIMIT_S", 0.0)
    assert refusal(sample("film.mp4")).code == "too_slow_to_read"
