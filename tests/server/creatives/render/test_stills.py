"""The renditions of pictures: their sizes, formats and sharpness."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, JpegImagePlugin

from server.creatives.render.films import PHONE_BOX, SCREEN_BOX
from server.creatives.render.stills import THUMB_BOX, save_phone, save_screen, save_thumb


def picture(width: int, height: int) -> Image.Image:
    return Image.linear_gradient("L").resize((width, height)).convert("RGB")


def read(path: Path) -> Image.Image:
    return Image.open(BytesIO(path.read_bytes()))


def fits(size: tuple[int, int], box: tuple[int, int]) -> bool:
    return max(size) <= max(box) and min(size) <= min(box)


@pytest.mark.parametrize("size", [(8000, 100), (100, 8000), (4000, 3000), (3000, 4000)])
def test_large_pictures_are_fitted_and_keep_their_shape(tmp_path: Path, size: tuple[int, int]) -> None:
    for save, box in ((save_screen, SCREEN_BOX), (save_phone, PHONE_BOX)):
        path = tmp_path / save.__name__
        save(picture(*size), path, **({"crisp": False} if save is save_screen else {}))
        made = read(path)
        assert fits(made.size, box)
        assert (made.width > made.height) == (size[0] > size[1])


def test_a_small_picture_is_not_enlarged(tmp_path: Path) -> None:
    save_screen(picture(64, 36), tmp_path / "screen", crisp=True)
    save_phone(picture(64, 36), tmp_path / "phone")
    assert read(tmp_path / "screen").size == read(tmp_path / "phone").size == (64, 36)


def test_letters_keep_their_full_colour_resolution_and_photographs_load_step_by_step(tmp_path: Path) -> None:
    save_screen(picture(640, 360), tmp_path / "card", crisp=True)
    save_screen(picture(640, 360), tmp_path / "photo", crisp=False)
    card, photo = read(tmp_path / "card"), read(tmp_path / "photo")
    assert [JpegImagePlugin.get_sampling(made) for made in (card, photo)] == [0, 2]
    assert [bool(made.info.get("progressive")) for made in (card, photo)] == [False, True]


def test_phones_get_webp_and_lists_a_small_jpeg(tmp_path: Path) -> None:
    save_phone(picture(1920, 1080), tmp_path / "phone")
    save_thumb(picture(1080, 1920), tmp_path / "thumb")
    phone, thumb = read(tmp_path / "phone"), read(tmp_path / "thumb")
    assert (phone.format, thumb.format) == ("WEBP", "JPEG")
    assert thumb.height == THUMB_BOX[1]
    assert thumb.width <= THUMB_BOX[0]
