from __future__ import annotations

import pytest
from PIL import ImageColor

from media.cards.layout import ACCENT, INK, PAPER, SIZE, SOFT, STRIP_SHARE, WORDS, body, canvas, scaled, words_in


@pytest.mark.parametrize(
    ("ink", "paper"),
    [(PAPER, INK), (ACCENT, INK), (SOFT, INK), (INK, PAPER)],
)
def test_letters_stand_out(ink: str, paper: str) -> None:
    lighter, darker = sorted((_luminance(ink), _luminance(paper)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 7


def _luminance(colour: str) -> float:
    """As WCAG counts it."""
    parts = [value / 255 for value in ImageColor.getrgb(colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("size", [SIZE, (640, 360), (1080, 1920)])
def test_a_card_writes_inside_its_margins_and_above_the_strip(size: tuple[int, int]) -> None:
    box = body(size, margin=40)
    assert (box.left, box.left + box.width) == (40, size[0] - 40)
    assert 0 < box.top < box.bottom <= size[1] * (1 - STRIP_SHARE)


@pytest.mark.parametrize(("size", "unit"), [(SIZE, 1), ((960, 540), 0.5), ((1080, 1920), 1080 / 1920)])
def test_measures_are_scaled_by_the_side_that_is_shorter_than_on_a_wide_screen(
    size: tuple[int, int], unit: float
) -> None:
    image, found = canvas(size)
    assert (image.size, found) == (size, unit)


def test_no_letter_is_smaller_than_eight_pixels() -> None:
    assert scaled((100, 40, 10), 0.5) == [50, 20, 8]


def test_every_language_but_english_gets_chinese_words_and_both_have_the_same() -> None:
    assert words_in("en-GB") is WORDS["en"]
    assert words_in("zh-CN") is words_in("fr") is WORDS["zh"]
    assert WORDS["en"].keys() == WORDS["zh"].keys()
