"""A file's structure is followed to its end, but not through endless padding."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.creatives.probe import completeness
from server.creatives.probe.completeness import is_whole
from tests.rig.files.odd_films import Shape, ffmpeg, picture_of, tone_of
from tests.rig.files.samples import sample

PNG_HEAD, GIF_HEAD = b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(7)
PADDED = {
    "gif": GIF_HEAD + bytes(1000),
    "gif of small blocks": GIF_HEAD + b"!\xfe" + b"\x01x" * 1000,
    "png": PNG_HEAD + bytes(12) * 1000,
    "mp4": (8).to_bytes(4, "big") + b"ftyp" + ((8).to_bytes(4, "big") + b"free") * 1000,
}


@pytest.mark.parametrize("name", PADDED)
def test_of_a_file_of_endless_padding_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = tmp_path / "padded"
    path.write_bytes(PADDED[name])
    assert is_whole(path) is not None
    monkeypatch.setattr(completeness, "MOST_STEPS", 500)
    assert is_whole(path) is None


@pytest.mark.parametrize("name", ["ball.gif", "ball.png", "ball.avif", "film.mp4"])
def test_an_ordinary_file_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(completeness, "MOST_STEPS", 500)
    assert is_whole(sample(name)) is True


ENCODED = {
    "asf": ("-c:v", "wmv2", "-c:a", "wmav2", "-f", "asf"),
    "caf": ("-vn", "-c:a", "pcm_s16le", "-f", "caf"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_a_file_whose_sound_or_data_break_off_is_not_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    ffmpeg(*picture_of(Shape(length_s=1.0)), *tone_of(1.0), *ENCODED[name], path)
    data = path.read_bytes()
    for kept, is_there in (
        (data, True),
        (data + b"something after the end", True),
        (data[: len(data) * 6 // 10], False),
    ):
        path.write_bytes(kept)
        assert is_whole(path) is is_there
    path.write_bytes(data[:40])
    assert is_whole(path) is False


@pytest.mark.parametrize(("name", "length"), [("asf", (50).to_bytes(8, "little")), ("caf", b"\xff" * 8)])
def test_a_recording_that_never_knew_its_length_is_not_called_cut(tmp_path: Path, name: str, length: bytes) -> None:
    path = tmp_path / "file"
    ffmpeg(*picture_of(Shape(length_s=1.0)), *tone_of(1.0), *ENCODED[name], path)
    data = bytearray(path.read_bytes())
    at = data.index(completeness.ASF_DATA) + 16 if name == "asf" else data.index(b"data") + 4
    data[at : at + 8] = length
    path.write_bytes(data[: len(data) * 6 // 10])
    assert is_whole(path) is True
