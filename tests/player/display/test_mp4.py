"""The length of a film's picture does not depend on its sound."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from player.display.mp4 import picture_ms


def box(type_: bytes, *content: bytes) -> bytes:
    inside = b"".join(content)
    return struct.pack(">I4s", 8 + len(inside), type_) + inside


def movie_head(units_per_s: int, *, long: bool = False) -> bytes:
    return box(b"mvhd", bytes([long, 0, 0, 0]), bytes(16 if long else 8), struct.pack(">I", units_per_s))


def track(kind: bytes, length: int, *, long: bool = False) -> bytes:
    head = box(b"tkhd", bytes([long, 0, 0, 0]), bytes(24 if long else 16), struct.pack(">Q" if long else ">I", length))
    return box(b"trak", head, box(b"mdia", box(b"hdlr", bytes(8), kind)))


SOUND, PICTURE = track(b"soun", 12_000), track(b"vide", 5_000)


@pytest.mark.parametrize("tracks", [(SOUND, PICTURE), (PICTURE, SOUND)])
@pytest.mark.parametrize("before", [b"", box(b"ftyp", b"isom"), box(b"mdat", bytes(5_000))])
def test_the_picture_is_as_long_as_its_own_track(tmp_path: Path, tracks: tuple[bytes, ...], before: bytes) -> None:
    (tmp_path / "film").write_bytes(before + box(b"moov", movie_head(1000), *tracks))
    assert picture_ms(tmp_path / "film") == 5_000


def test_long_times_and_large_boxes_are_read(tmp_path: Path) -> None:
    large = struct.pack(">I4sQ", 1, b"mdat", 16 + 100) + bytes(100)
    moov = box(b"moov", movie_head(600, long=True), track(b"vide", 3_000, long=True))
    (tmp_path / "film").write_bytes(large + moov)
    assert picture_ms(tmp_path / "film") == 5_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"this is no film at all",
        box(b"moov", movie_head(1000), SOUND),
        box(b"moov", movie_head(0), PICTURE),
        box(b"moov", movie_head(1000), track(b"vide", 0)),
        box(b"moov", PICTURE),
        box(b"moov", movie_head(1000), PICTURE)[:-20],
        struct.pack(">I4s", 0xFFFFFFFF, b"moov"),
        struct.pack(">I4s", 4, b"free"),
    ],
)
def test_a_file_that_is_no_whole_film_has_no_length(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "film").write_bytes(content)
    assert picture_ms(tmp_path / "film") is None


def test_a_file_that_is_gone_has_no_length(tmp_path: Path) -> None:
    assert picture_ms(tmp_path / "gone") is None
