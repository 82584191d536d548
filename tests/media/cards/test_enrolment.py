from __future__ import annotations

import pytest
from PIL import ImageChops

from media.cards.enrolment import enrolment_card
from tests.media.cards.areas import drawn_area


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (640, 360), (1080, 1920)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_enrolment_card_fits_every_screen(size: tuple[int, int], language: str) -> None:
    image = enrolment_card("K7M4-92QX", "https://screens.example.org/console", size, language)
    left, top, right, bottom = drawn_area(image)
    assert image.size == size
    assert min(left, top, size[0] - right, size[1] - bottom) > 0


def test_the_chosen_language_comes_first_on_the_enrolment_card() -> None:
    zh, en = (enrolment_card("K7M4-92QX", "example.org", (640, 360), language) for language in ("zh", "en"))
    assert ImageChops.difference(zh, en).getbbox() is not None
