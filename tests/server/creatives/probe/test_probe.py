"""Files of every kind are probed: what is refused, how long they are, and how they are seen.

Covers: server.creatives.probe.films, server.creatives.probe.found
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from media.refused import Refused, unreadable
from server.creatives.probe.found import Found, Limits
from server.creatives.probe.probe import probe
from tests.rig.files.samples import sample

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
    "cut.avi": "truncated",
    "cut.flac": "truncated",
    "cut.heic": "truncated",
    "cut.webp": "truncated",
    "nearly_whole.mp3": "truncated",
}

# As long as their packets reach, with any header or none.
LENGTHS_MS = {
    "quiet_first.mp3": 6000,
    "loud_first.mp3": 6000,
    "offset.mp4": 2000,
    "offset.ts": 2000,
    "fragmented.mp4": 2000,
    "live.webm": 2000,
    "wrong_header.mkv": 2000,
    "trailing.mp4": 2000,
    "short_sound.mp4": 2000,
    "sound_longer.mp4": 3000,
    "late_picture.mp4": 2000,
    "long_subtitles.mkv": 2000,
    "tone.flac": 2000,
    "ball.gif": 400,
    "ball.png": 400,
    "ball.webp": 400,
    "ball.avif": 400,
}


def refusal(path: Path, limits: Limits = LIMITS) -> Refused:
    with pytest.raises(Refused) as refused:
        probe(path, limits)
    return refused.value


@pytest.mark.parametrize(("name", "code"), BAD.items())
def test_an_unusable_file_is_refused_with_reason_and_remedy(name: str, code: str) -> None:
    refused = refusal(sample(name))
    assert refused.code == code
    assert refused.message.endswith(".")
    assert refused.remedy.endswith(".")


@pytest.mark.parametrize(("name", "length_ms"), LENGTHS_MS.items())
def test_a_film_is_as_long_as_its_picture_and_sound(name: str, length_ms: int) -> None:
    assert length_ms <= (probe(sample(name), LIMITS).duration_ms or 0) <= length_ms + 100


@pytest.mark.parametrize("name", ["second_default.mov", "unknown_first.mov"])
def test_the_default_sound_is_taken_and_one_that_cannot_be_decoded_is_passed_over(name: str) -> None:
    assert probe(sample(name), LIMITS).audio_stream == 2


def test_a_picture_that_ends_early_is_cut_off_and_one_that_is_spoilt_is_damaged(
    tmp_path: Path,
) -> None:
    whole = sample("picture.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[:20])
    (tmp_path / "spoilt.png").write_bytes(whole[:12] + b"XXXX" + whole[16:])
    assert [refusal(tmp_path / name).code for name in ("cut.png", "spoilt.png")] == ["truncated", "broken_picture"]


def test_an_unknown_format_is_named_in_words_or_not_at_all() -> None:
    assert "(zzzz)" in refusal(sample("unknown_codec.mp4")).message
    assert unreadable("The sound", "unknown", "[0][0][0][0]").message == (
        "The sound is in a format that cannot be read here."
    )


@pytest.mark.parametrize("name", ["film.mp4", "film.webm", "tone.mp3", "rotated.jpg", "picture.heic"])
def test_the_name_decides_nothing(name: str, tmp_path: Path) -> None:
    renamed = tmp_path / "letter.txt"
    shutil.copy(sample(name), renamed)
    assert probe(renamed, LIMITS) == probe(sample(name), LIMITS)


def test_probing_a_film_finds_size_length_codecs_and_rate() -> None:
    assert probe(sample("film.mp4"), LIMITS) == Found(
        kind="video",
        format="mov,mp4,m4a,3gp,3g2,mj2",
        bytes=sample("film.mp4").stat().st_size,
        width=320,
        height=180,
        duration_ms=2000,
        picture_ms=2000,
        video_codec="h264",
        audio_codec="aac",
        video_stream=0,
        audio_stream=1,
        rate=Fraction(25),
    )


@pytest.mark.parametrize(
    ("name", "picture_ms"),
    [("sound_longer.mp4", 1000), ("late_picture.mp4", 2000), ("offset.ts", 2000), ("tone.wav", None)],
)
def test_the_picture_of_a_film_is_measured_by_itself(name: str, picture_ms: int | None) -> None:
    found_ms = probe(sample(name), LIMITS).picture_ms
    assert found_ms == (picture_ms and pytest.approx(picture_ms, abs=50))


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


@pytest.mark.parametrize("name", ["ball.gif", "ball.png", "ball.webp", "ball.avif"])
def test_an_animated_picture_is_a_film_that_begins_again(name: str) -> None:
    found = probe(sample(name), LIMITS)
    assert (found.kind, found.loops, found.width, found.height) == ("video", True, 160, 90)


def test_a_cropped_picture_is_measured_as_it_is_seen() -> None:
    found = probe(sample("crop.avif"), LIMITS)
    assert (found.width, found.height) == (40, 40)


def test_a_refusal_names_the_limit() -> None:
    tight = Limits(bytes=100_000, pixels=10_000, duration_s=1)
    assert refusal(sample("film.mp4"), tight).code == "too_large"
    assert "100000 bytes allowed" in refusal(sample("film.mp4"), tight).message
    tight = replace(tight, bytes=64 << 20)
    assert refusal(sample("film.mp4"), tight).code == "too_many_pixels"
    assert refusal(sample("tone.mp3"), tight).code == "too_long"
    assert "1 allowed" in refusal(sample("tone.mp3"), tight).message
