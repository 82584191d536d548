"""The card of an emergency: red, with a warning sign, and like nothing else that a screen shows. Pure."""

from __future__ import annotations

from PIL import Image, ImageDraw

from media.cards.layout import PAPER, SIZE, STRIP_SHARE, TITLE_SIZES
from media.cards.lettering import Box, draw_block, fit, fit_or_cut
from media.cards.notice import refuse_undrawable, too_much_text

RED, SIGN = "#a3001a", "#ffd400"  # 8.5:1 under white, 6:1 under the sign
TEXT_SIZES = (210, 190, 170, 150, 132, 116, 102, 90, 78, 68, 60, 54)
HEADINGS = {"zh": "紧急通知", "en": "Emergency"}


def emergency_card(text: str, *, title: str = "", language: str = "zh", size: tuple[int, int] = SIZE) -> Image.Image:
    """Sign and heading above, the text below as large as it fits. Raises Refused if it cannot be read or drawn."""
    refuse_undrawable(title + text)
    image = Image.new("RGB", size, RED)
    draw = ImageDraw.Draw(image)
    unit = min(size[0] / SIZE[0], size[1] / SIZE[1])
    margin = round(80 * unit)
    _draw_frame(draw, size, round(22 * unit))
    box = Box(margin, margin, size[0] - 2 * margin, round(size[1] * (1 - STRIP_SHARE)) - round(1.5 * margin))
    side = round(box.height * 0.24)
    draw_sign(draw, Box(box.left, box.top, side, side))
    beside = Box(box.left + side + margin // 2, box.top, box.width - side - margin // 2, side)
    heading = title or HEADINGS["en" if language.startswith("en") else "zh"]
    head = fit_or_cut(heading, beside.width, side, sizes=[max(8, round(px * unit)) for px in TITLE_SIZES], bold=True)
    draw_block(image, head, beside, fill=SIGN, middle=True)
    below = Box(box.left, box.top + side + margin // 3, box.width, box.height - side - margin // 3)
    sizes = [max(8, round(px * unit)) for px in TEXT_SIZES]
    block = fit(text, below.width, below.height, sizes=sizes, bold=True)
    if block is None:
        raise too_much_text(text, below, sizes[-1])
    draw_block(image, block, below, fill=PAPER, middle=True)
    return image


def draw_sign(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """The general warning sign of ISO 7010 (W001): a yellow triangle with a black edge and an exclamation mark."""
    middle, low, high = box.left + box.width / 2, box.top + box.height * 0.93, box.top + box.height * 0.05
    triangle = [(middle, high), (box.left + box.width, low), (box.left, low)]
    edge = max(2, round(box.height * 0.05))
    draw.polygon(triangle, fill=SIGN)
    draw.line([*triangle, triangle[0], triangle[1]], fill="#000000", width=edge, joint="curve")
    stroke, top, bottom = box.width * 0.05, box.top + box.height * 0.36, box.top + box.height * 0.68
    upper = [(middle - stroke, top), (middle + stroke, top)]
    lower = [(middle + stroke / 2, bottom), (middle - stroke / 2, bottom)]
    draw.polygon([*upper, *lower], fill="#000000")
    dot = box.top + box.height * 0.79
    draw.ellipse((middle - stroke, dot - stroke, middle + stroke, dot + stroke), fill="#000000")


def _draw_frame(draw: ImageDraw.ImageDraw, size: tuple[int, int], width: int) -> None:
    draw.rectangle((0, 0, size[0] - 1, size[1] - 1), outline=SIGN, width=width)
