from __future__ import annotations

import io

import pytest
from PIL import Image

from server.screens.pictures import BadPicture, check_picture, keep_picture
from tests.factories import NOON, jpeg_bytes, make_player, make_screen


def encoded(mode: str, size: tuple[int, int], kind: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


def test_a_jpeg_of_a_screen_is_taken():
    check_picture(jpeg_bytes(width=640, height=360))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"not a picture",
        jpeg_bytes(width=640, height=360)[:-200],
        encoded("RGB", (64, 36), "PNG"),
        encoded("L", (8000, 8000), "JPEG"),
        jpeg_bytes() + b"\0" * 200_000,
    ],
    ids=["nothing", "text", "truncated", "png", "huge", "over the limit"],
)
def test_anything_else_is_refused_with_a_remedy(raw):
    with pytest.raises(BadPicture) as caught:
        check_picture(raw)
    assert caught.value.remedy


def test_the_picture_before_is_let_go_unless_another_screen_shows_it(db):
    one, other = (make_player(db, screen=make_screen(db)) for _ in range(2))
    assert keep_picture(db, one, "a" * 64, now=NOON) is None
    assert keep_picture(db, one, "a" * 64, now=NOON) is None
    keep_picture(db, other, "a" * 64, now=NOON)
    assert keep_picture(db, one, "b" * 64, now=NOON) is None
    assert keep_picture(db, other, "c" * 64, now=NOON) == "a" * 64
