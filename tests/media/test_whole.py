"""A file's structure is followed to its end, but not through endless padding."""

from __future__ import annotations

from pathlib import Path

import pytest

from media import whole
from media.whole import is_whole
from tests.rig.samples import sample

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
    monkeypatch.setattr(whole, "MOST_STEPS", 500)
    assert is_whole(path) is None


@pytest.mark.parametrize("name", ["ball.gif", "ball.png", "ball.avif", "film.mp4"])
def test_an_ordinary_file_is_followed_to_its_end(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(whole, "MOST_STEPS", 500)
    assert is_whole(sample(name)) is True
