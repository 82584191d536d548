"""The building's card and the panel that the player draws over it."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageChops
from pyzbar.pyzbar import decode

from media.cards.building import PANEL_SHARE, building_card, clock_panel, date_words
from media.cards.layout import INK
from player.display.xwindows import STRIP_SHARE

LINK = "https://screens.example.org/s/K7M2PQ?i=01JSCREEN0000000000000000A&p=abcdefghijklmnop"
SIZES = [(1920, 1080), (1080, 1920), (1280, 720), (1280, 1024)]
SUNDAY = datetime(2026, 11, 29, 14, 7)
NAMES = ["Harbour Tower", "上海陆家嘴环球金融中心商务办公综合大厦二期东塔", "برج الميناء", "W" * 120]


def inked(image: Image.Image) -> tuple[int, int, int, int]:
    """Where something is drawn."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, INK)).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", NAMES)
def test_the_name_stays_above_the_panel_and_off_the_edges(name: str, size: tuple[int, int]) -> None:
    left, top, right, bottom = inked(building_card(name, size))
    assert bottom <= round(size[1] * (1 - PANEL_SHARE)) + 1
    assert left > 0
    assert top > 0
    assert right < size[0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_panels_code_leads_to_the_page(size: tuple[int, int], language: str) -> None:
    panel = clock_panel((size[0], int(size[1] * PANEL_SHARE)), SUNDAY, LINK, "screens.example.org", "Lift", language)
    (code,) = decode(panel)
    assert code.data.decode() == LINK
    assert urlsplit(LINK).path == "/s/K7M2PQ"


def test_another_minute_is_another_picture_and_no_time_is_none() -> None:
    size = (1280, 288)
    panels = [clock_panel(size, at, LINK, "x.org", None, "en") for at in (SUNDAY, SUNDAY.replace(minute=8), None)]
    assert len({panel.tobytes() for panel in panels}) == 3


def test_dates_are_said_in_the_screens_language() -> None:
    assert date_words(SUNDAY, "en") == "Sunday 29 November"
    assert date_words(SUNDAY, "zh") == "11月29日 星期日"


def test_the_player_lets_a_panel_be_as_high_as_it_is_drawn() -> None:
    assert PANEL_SHARE <= STRIP_SHARE
