from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from media.cards.cover import cover_card
from media.cards.layout import ACCENT
from tests.media.cards.areas import drawn_area


def differ(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is not None


def test_the_title_and_the_language_are_on_the_cover() -> None:
    plain = cover_card("Rain", language="en")
    assert differ(plain, cover_card("Sun", language="en"))
    assert differ(plain, cover_card("Rain", language="zh"))


@pytest.mark.parametrize("title", ["", "\uf8ff", "A" * 5000, "two\nlines"])
def test_any_title_gives_a_cover_with_its_waves_and_how_to_hear_it(title: str) -> None:
    image = cover_card(title, size=(640, 360))
    _, top, _, bottom = drawn_area(image)
    assert (top < 110, bottom > 230) == (True, True)
    assert image.getpixel((320, 60)) == Image.new("RGB", (1, 1), ACCENT).getpixel((0, 0))
