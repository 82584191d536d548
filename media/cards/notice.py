"""The card of a typed notice."""

from __future__ import annotations

from PIL import Image, ImageDraw

from media.cards.layout import ACCENT, PAPER, SIZE, TITLE_SIZES, body, canvas, scaled
from media.cards.lettering import Block, Box, draw_block, fit, fit_or_cut, text_that_fits, undrawable
from media.refused import Refused

NOTICE_SIZES = (190, 160, 136, 116, 100, 86, 74, 64, 56, 48)


def notice_card(text: str, *, title: str = "", size: tuple[int, int] = SIZE) -> Image.Image:
    """Typed text, as large as it fits; text that cannot be drawn legibly is refused."""
    refuse_undrawable(title + text)
    image, unit = canvas(size)
    draw = ImageDraw.Draw(image)
    box = body(size, margin=round(110 * unit))
    draw.rectangle((0, 0, round(28 * unit), size[1]), fill=ACCENT)
    if title:
        heading = fit_or_cut(title, box.width, round(box.height * 0.28), sizes=scaled(TITLE_SIZES, unit), bold=True)
        top = draw_block(image, heading, box, fill=ACCENT) + round(24 * unit)
        box = Box(box.left, top, box.width, box.bottom - top)
    block = fit(text, box.width, box.height, sizes=scaled(NOTICE_SIZES, unit), bold=len(text) < 60)
    if block is None:
        raise too_much_text(text, box, round(NOTICE_SIZES[-1] * unit))
    draw_block(image, block, box, fill=PAPER, middle=True)
    return image


def refuse_undrawable(text: str) -> None:
    """Raises Refused, which names the characters for which no font has a shape."""
    signs = undrawable(text)
    if signs:
        raise Refused(
            "undrawable_text",
            f"These characters cannot be drawn: {' '.join(signs[:10])}",
            "Leave them out, or have fonts installed on the server that hold them.",
        )


def too_much_text(text: str, box: Box, size: int) -> Refused:
    """The refusal of a text that does not fit even at this size, the smallest."""
    fits = len(text_that_fits(Block(text, box.width, size, bold=False), box.height))
    return Refused(
        "too_much_text",
        f"The text is too long to be read from two metres: about {fits} of its {len(text)} characters fit.",
        "Shorten it, or make two notices of it.",
    )
