from __future__ import annotations

import pytest
from PIL import Image, ImageStat

from media.cards.games.colours import AA, USUAL, contrast, derive_colours
from media.cards.games.look import BoardLook, on_plate, rounded
from media.cards.lettering import Box

LARGE_TEXT = 3  # WCAG 1.4.3: letters of 24 px and more


def colour_at(picture: Image.Image, x: int = 20, y: int = 20) -> str:
    red, green, blue = picture.convert("RGB").getpixel((x, y))  # type: ignore[misc]
    return f"#{red:02x}{green:02x}{blue:02x}"


@pytest.mark.parametrize("colours", [USUAL, derive_colours("#c8102e"), derive_colours("#ffd100")])
def test_words_are_readable_even_on_a_white_background(colours: object) -> None:
    look = BoardLook(colours, background=Image.new("RGB", (40, 40), "white"))  # type: ignore[arg-type]
    ground = colour_at(look.ground((80, 60)))
    assert contrast(look.colours.text, ground) >= AA
    assert contrast(look.colours.accent, ground) >= LARGE_TEXT


def test_a_background_covers_the_whole_screen_and_keeps_its_shape() -> None:
    halves = Image.new("RGB", (400, 100), "black")
    halves.paste("white", (200, 0, 400, 100))
    ground = BoardLook(background=halves).ground((160, 90))
    assert ground.size == (160, 90)
    assert ImageStat.Stat(ground.crop((0, 0, 70, 90))).mean < ImageStat.Stat(ground.crop((90, 0, 160, 90))).mean


def test_a_panel_hides_no_more_than_its_box() -> None:
    picture = Image.new("RGB", (60, 40), "white")
    BoardLook().draw_panel(picture, Box(10, 10, 20, 20))
    assert (colour_at(picture, 15, 15), colour_at(picture, 50, 5)) == (USUAL.track, "#ffffff")


def test_a_dark_transparent_picture_gets_a_white_plate() -> None:
    dark = Image.new("RGBA", (100, 50))
    dark.paste("#101010", (20, 10, 80, 40))
    plate = on_plate(dark, 200, 60)
    assert plate.height == 60
    assert colour_at(plate, plate.width // 2, 3) == "#ffffff"


def test_a_light_transparent_picture_stays_transparent() -> None:
    light = Image.new("RGBA", (100, 50))
    light.paste("#fafafa", (20, 10, 80, 40))
    assert on_plate(light, 200, 60).getpixel((2, 2))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("size", [(1000, 10), (10, 1000), (3, 3), (400, 300)])
def test_any_picture_fits_its_place(size: tuple[int, int]) -> None:
    for mode in ("RGB", "RGBA"):
        shown = on_plate(Image.new(mode, size, "red"), 120, 60)
        assert shown.width <= 120
        assert shown.height <= 60


def test_corners_are_round() -> None:
    shape = rounded(Image.new("RGB", (40, 40), "red"))
    assert (shape.getpixel((0, 0))[3], shape.getpixel((20, 20))[3]) == (0, 255)  # type: ignore[index]
