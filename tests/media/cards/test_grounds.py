from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from media.cards.grounds import INVISIBLE, PARTLY_LOST, SHOWN_ON_DARK, Ground, on_ground, outline_of
from tests.rig.files.odd_pictures import RED, WHITE, Tint, ball

BLACK, YELLOW, TRANSPARENT = (0, 0, 0, 255), (255, 250, 120, 255), (0, 0, 0, 0)
SIZE = (160, 90)


@pytest.mark.parametrize(
    ("tint", "ground", "warning"),
    [
        (RED, Ground.WHITE, ""),
        (BLACK, Ground.WHITE, ""),
        (WHITE, Ground.DARK, SHOWN_ON_DARK),
        (YELLOW, Ground.DARK, SHOWN_ON_DARK),
        (TRANSPARENT, Ground.WHITE, INVISIBLE),
    ],
)
def test_a_picture_stands_on_white_unless_it_would_vanish_there(tint: Tint, ground: Ground, warning: str) -> None:
    outline = outline_of([ball(SIZE, tint)])
    assert (outline.ground, outline.warning) == (ground, warning)
    assert on_ground(ball(SIZE, tint)).getpixel((0, 0)) == ground.colour


def test_a_light_area_within_a_dark_outline_is_visible_on_white() -> None:
    badge = ball(SIZE, RED)
    ImageDraw.Draw(badge).ellipse((12, 27, 48, 63), fill=WHITE)
    assert outline_of([badge]).warning == ""


def test_white_letters_beside_black_ones_are_warned_of() -> None:
    both = Image.new("RGBA", SIZE, TRANSPARENT)
    ImageDraw.Draw(both).rectangle((10, 20, 60, 70), fill=WHITE)
    ImageDraw.Draw(both).rectangle((90, 20, 140, 70), fill=BLACK)
    assert outline_of([both]).warning == PARTLY_LOST


def test_one_ground_serves_all_frames() -> None:
    assert outline_of([ball(SIZE, TRANSPARENT), ball(SIZE, WHITE), ball(SIZE, WHITE)]).ground is Ground.DARK


def test_a_picture_without_transparency_needs_no_ground() -> None:
    assert outline_of([Image.new("RGB", SIZE, "white")]).warning == ""
