from __future__ import annotations

import pytest
from PIL import Image

from media.cards.qr import qr_plate
from tests.media.cards.areas import codes_in

LINK = "https://screens.example.org/s/K7M4"


@pytest.mark.parametrize("side", [120, 121, 257])
def test_a_code_is_read_at_every_size_and_each_module_is_whole_pixels(side: int) -> None:
    plate = qr_plate(LINK, side)
    assert plate.size == (side, side)
    assert codes_in(plate) == [LINK]
    assert {colour for _, colour in plate.getcolors() or ()} == {(0, 0, 0), (255, 255, 255)}


def test_its_margin_stays_white() -> None:
    plate = qr_plate(LINK, 330, margin=4)
    width = plate.width // (29 + 8)  # 29 modules hold so long a link
    assert plate.crop((0, 0, plate.width, 4 * width)).getcolors() == [(plate.width * 4 * width, (255, 255, 255))]


def test_a_plate_too_small_for_whole_pixels_is_drawn_in_its_size() -> None:
    plate = qr_plate(LINK, 20)
    assert (plate.size, plate.mode) == ((20, 20), Image.new("RGB", (1, 1)).mode)
