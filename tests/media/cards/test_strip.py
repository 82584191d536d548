from __future__ import annotations

import pytest
from PIL import Image

from media.cards.strip import strip_card
from tests.media.cards.areas import codes_in

PAGE = "https://screens.example.org/s/K7M4?i=01J8ZV3Q4R5S6T7V8W9X0Y1Z2A&p=AbCdEfGh12345678"


@pytest.mark.parametrize(("width", "height"), [(1920, 172), (1280, 115), (640, 58), (1080, 160)])
@pytest.mark.parametrize("wifi", ["Harbour Tower Free", None])
def test_the_strips_code_leads_to_the_page_at_every_size(width: int, height: int, wifi: str | None) -> None:
    image = strip_card(width, height, PAGE, "screens.example.org/s/K7M4", wifi, "en")
    assert image.size == (width, height)
    on_screen = Image.new("RGB", (width, height * 3), "black")
    on_screen.paste(image, (0, height))
    larger = on_screen.resize((width * 2, height * 6), Image.Resampling.NEAREST)
    assert PAGE in codes_in(larger)
