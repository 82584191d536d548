from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageCms

from media.pictures import on_white, open_picture
from media.refused import Refused
from tests.rig.samples import drawn, sample

MOST = 50_000_000


def colour_at(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    colour = image.convert("RGB").getpixel((x, y))
    assert isinstance(colour, tuple)
    return tuple(round(value / 64) for value in colour)


RED, BLUE, WHITE = (4, 0, 0), (0, 0, 4), (4, 4, 4)


def test_a_photo_taken_upright_stands_upright() -> None:
    picture = open_picture(sample("rotated.jpg"), max_pixels=MOST)
    assert picture.size == (200, 400)
    assert colour_at(picture, 100, 100) == RED
    assert colour_at(picture, 100, 300) == BLUE


def test_cmyk_becomes_rgb() -> None:
    picture = open_picture(sample("cmyk.jpg"), max_pixels=MOST)
    assert picture.mode == "RGB"
    assert colour_at(picture, 100, 100) == RED
    assert colour_at(picture, 300, 100) == BLUE


def test_a_picture_with_a_colour_profile_ends_in_srgb(tmp_path: Path) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    drawn().save(tmp_path / "p.jpg", icc_profile=profile, quality=95)
    assert colour_at(open_picture(tmp_path / "p.jpg", max_pixels=MOST), 300, 100) == BLUE


def test_a_broken_colour_profile_does_not_lose_the_picture(tmp_path: Path) -> None:
    drawn().save(tmp_path / "p.jpg", icc_profile=b"nonsense", quality=95)
    assert colour_at(open_picture(tmp_path / "p.jpg", max_pixels=MOST), 300, 100) == BLUE


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path: Path) -> None:
    Image.new("I;16", (10, 10), 65535).save(tmp_path / "p.png")
    assert colour_at(open_picture(tmp_path / "p.png", max_pixels=MOST), 5, 5) == WHITE


def test_what_shines_through_becomes_white() -> None:
    picture = open_picture(sample("transparent.png"), max_pixels=MOST)
    assert picture.mode == "RGBA"
    assert colour_at(on_white(picture), 5, 5) == WHITE


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(Refused) as refused:
        open_picture(sample("bomb.png"), max_pixels=MOST)
    assert refused.value.code == "too_many_pixels"


def test_noise_in_a_picture_is_a_damaged_picture(tmp_path: Path) -> None:
    whole = bytearray(sample("picture.png").read_bytes())
    whole[60:90] = bytes(30)
    (tmp_path / "p.png").write_bytes(whole)
    with pytest.raises(Refused) as refused:
        open_picture(tmp_path / "p.png", max_pixels=MOST)
    assert refused.value.code in ("broken_picture", "truncated")
