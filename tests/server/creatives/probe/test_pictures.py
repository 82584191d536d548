from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageCms

from media.cards.grounds import on_ground
from media.refused import Refused
from server.creatives.probe.found import Colours, Found
from server.creatives.probe.pictures import open_picture
from server.creatives.render.colours import AS_BT709, to_bt709
from tests.rig.files.odd_films import ffmpeg
from tests.rig.files.samples import drawn, sample

MOST = 50_000_000


def colour_at(image: Image.Image, x: int, y: int) -> tuple[int, ...]:
    colour = image.convert("RGB").getpixel((x, y))
    assert isinstance(colour, tuple)
    return tuple(round(value / 64) for value in colour)


RED, BLUE, WHITE = (4, 0, 0), (0, 0, 4), (4, 4, 4)


def test_a_photo_taken_upright_is_shown_upright() -> None:
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


def test_transparent_pixels_become_white() -> None:
    picture = open_picture(sample("transparent.png"), max_pixels=MOST)
    assert picture.mode == "RGBA"
    assert colour_at(on_ground(picture), 5, 5) == WHITE


def test_sixteen_bits_mean_the_same_in_either_order() -> None:
    little, big = (open_picture(sample(f"grey16{order}.tif"), max_pixels=MOST) for order in ("le", "be"))
    assert little.tobytes() == big.tobytes()
    assert little.getpixel((0, 0)) == (0, 0, 0)
    assert little.getpixel((63, 0)) == (255, 255, 255)


def test_a_palette_has_the_colours_of_its_profile() -> None:
    palette, plain = (open_picture(sample(name), max_pixels=MOST) for name in ("wide_palette.png", "wide.png"))
    assert palette.tobytes() == plain.tobytes()
    assert plain.getpixel((60, 5)) != (180, 60, 60)


@pytest.mark.parametrize("name", ["hdr.heic", "hdr.avif"])
def test_an_hdr_still_is_as_light_as_a_film_of_its_values(name: str, tmp_path: Path) -> None:
    still = open_picture(sample(name), max_pixels=MOST).getpixel((20, 20))
    assert isinstance(still, tuple)
    assert max(abs(a - b) for a, b in zip(still, tone_mapped_by_ffmpeg(tmp_path), strict=True)) <= 4


def tone_mapped_by_ffmpeg(folder: Path) -> tuple[int, ...]:
    """The same grey as a frame of a film in PQ, through the filters of films."""
    source = ("-f", "lavfi", "-i", "color=c=0x949494:s=64x48:d=1,format=gbrp")
    found = Found("video", "", 0, 64, 48, colours=Colours("gbr", "bt2020", "smpte2084"))
    filters = ",".join(to_bt709(found, (64, 48)))
    ffmpeg(*source, "-vf", f"{filters},{AS_BT709}", "-frames:v", "1", "-pix_fmt", "rgb24", folder / "frame.png")
    with Image.open(folder / "frame.png") as frame:
        colour = frame.getpixel((20, 20))
        assert isinstance(colour, tuple)
        return colour


def test_the_crop_that_a_file_declares_is_made() -> None:
    picture = open_picture(sample("crop.avif"), max_pixels=MOST)
    assert picture.size == (40, 40)
    assert colour_at(picture, 5, 20) == BLUE


def test_only_the_pixels_of_a_picture_are_stored() -> None:
    assert open_picture(sample("comment.jpg"), max_pixels=MOST).info == {}


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
