from __future__ import annotations

import pytest

from media.cards.games.colours import AA, AAA, USUAL, contrast, derive_colours

BRANDS = ["#000000", "#ffffff", "#808080", "#c8102e", "#00704a", "#000080", "#ffd100", "#ff00ff", "#123456"]


@pytest.mark.parametrize("brand", BRANDS)
def test_words_are_readable_in_the_colours_of_any_brand(brand: str) -> None:
    colours = derive_colours(brand)
    for words in (colours.text, colours.soft, colours.accent):
        assert contrast(words, colours.ground) >= AAA
    assert contrast(colours.text, colours.track) >= AA
    assert contrast(colours.on_accent, colours.accent) >= AA


def test_a_bright_brand_is_its_own_accent() -> None:
    assert derive_colours("#ffd100").accent == "#ffd100"


def test_the_usual_colours_are_readable() -> None:
    assert min(contrast(words, USUAL.ground) for words in (USUAL.text, USUAL.soft, USUAL.accent)) >= AAA
    assert contrast(USUAL.on_accent, USUAL.accent) >= AA


def test_black_on_white_has_the_highest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
