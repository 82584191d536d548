"""The card that a screen shows while sound plays."""

from __future__ import annotations

from PIL import Image, ImageDraw

from media.cards.layout import ACCENT, PAPER, SIZE, TITLE_SIZES, body, canvas, scaled, words_in
from media.cards.lettering import Box, draw_block, fit_or_cut, without_undrawable


def cover_card(title: str, *, language: str = "zh", size: tuple[int, int] = SIZE) -> Image.Image:
    """Draws the screen's picture while sound plays: its title, and how to hear it."""
    image, unit = canvas(size)
    draw = ImageDraw.Draw(image)
    box = body(size, margin=round(110 * unit))
    _draw_waves(draw, Box(box.left, box.top, box.width, round(box.height * 0.3)))
    heading_box = Box(box.left, box.top + round(box.height * 0.34), box.width, round(box.height * 0.36))
    drawn = without_undrawable(title)
    heading = fit_or_cut(drawn, heading_box.width, heading_box.height, sizes=scaled(TITLE_SIZES, unit), bold=True)
    draw_block(image, heading, heading_box, fill=PAPER, align="center", middle=True)
    words = words_in(language)
    how = fit_or_cut(
        f"{words['listen']}\n{words['listen_how']}", box.width, round(box.height * 0.26), sizes=scaled((64, 52), unit)
    )
    low = Box(box.left, box.bottom - how.height, box.width, how.height)
    draw_block(image, how, low, fill=ACCENT, align="center")
    return image


def _draw_waves(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """Bars like a sound's picture."""
    heights = (0.2, 0.45, 0.75, 0.4, 0.95, 0.6, 1.0, 0.5, 0.85, 0.35, 0.65, 0.4, 0.2)
    step = box.width // 26
    left = box.left + (box.width - step * (2 * len(heights) - 1)) // 2
    for index, share in enumerate(heights):
        tall = round(box.height * share)
        x, y = left + 2 * step * index, box.top + (box.height - tall) // 2
        draw.rounded_rectangle((x, y, x + step, y + tall), radius=step // 2, fill=ACCENT)
