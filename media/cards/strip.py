"""The strip: the line that the player lays over every item."""

from __future__ import annotations

from PIL import Image

from media.cards.layout import INK, PAPER, words_in
from media.cards.lettering import Box, draw_block, fit_or_cut
from media.cards.qr import qr_plate


def strip_card(
    size_w: int, height: int, page_url: str, short_address: str, wifi: str | None, language: str = "zh"
) -> Image.Image:
    """The line over every item: the page's code at the left, how else to get there beside it."""
    image = Image.new("RGB", (size_w, height), PAPER)
    image.paste(qr_plate(page_url, height, error="l", margin=2), (0, 0))
    words = words_in(language)
    other = f"{words['wifi']} {wifi}   {words['open']} {short_address}" if wifi else f"{words['open']} {short_address}"
    left = height + height // 8
    half = Box(left, height // 10, size_w - left - height // 4, round(height * 0.4))
    sizes = [round(height * share / 100) for share in (29, 25, 21, 18, 15, 12, 10, 8)]
    for line, top, bold in ((words["scan"], half.top, True), (other, height // 2, False)):
        block = fit_or_cut(line, half.width, half.height, sizes=sizes, bold=bold)
        draw_block(image, block, Box(left, top, half.width, half.height), fill=INK, middle=True)
    return image
