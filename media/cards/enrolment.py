"""The card of a screen that is not enrolled yet."""

from __future__ import annotations

from PIL import Image

from media.cards.layout import ACCENT, SIZE, SOFT, canvas, scaled
from media.cards.lettering import Box, draw_block, fit_or_cut


def enrolment_card(code: str, address: str, size: tuple[int, int] = SIZE, language: str = "zh") -> Image.Image:
    """The screen's picture until an operator has typed its code; both languages, the chosen one first."""
    image, unit = canvas(size)
    box = Box(round(90 * unit), round(90 * unit), size[0] - round(180 * unit), size[1] - round(180 * unit))
    texts = {
        "zh": f"此屏幕尚未登记\n请在控制台打开“屏幕 → 登记”，输入此代码：\n{address}",
        "en": f"This screen is not enrolled yet\nIn the console, open Screens → Enrol and type this code:\n{address}",
    }
    first, second = ("en", "zh") if language.startswith("en") else ("zh", "en")
    third = box.height // 3
    for words, top in ((texts[first], box.top), (texts[second], box.top + 2 * third)):
        block = fit_or_cut(words, box.width, third, sizes=scaled((60, 52, 44, 36, 28, 22), unit))
        draw_block(image, block, Box(box.left, top, box.width, third), fill=SOFT, align="center", middle=True)
    block = fit_or_cut(code, box.width, third, sizes=scaled((260, 220, 180, 140, 110, 80), unit), bold=True)
    draw_block(image, block, Box(box.left, box.top + third, box.width, third), fill=ACCENT, align="center", middle=True)
    return image
