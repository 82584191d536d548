"""Cards drawn by Pillow: notice, cover, coupon, enrolment, and the strip that the player lays over every item.

Pure: words in, a picture out. Colours have a contrast of at least 7:1 and letters are read from two metres.
"""

from __future__ import annotations

from functools import lru_cache

import segno
from PIL import Image, ImageDraw, ImageOps

from media.cards.grounds import on_ground
from media.cards.lettering import (
    Block,
    Box,
    draw_block,
    fit,
    fit_cut,
    fit_or_cut,
    text_that_fits,
    undrawable,
    without_undrawable,
)
from media.refused import Refused

SIZE = (1920, 1080)
STRIP_SHARE = 0.16  # of the screen's height: cards keep it free, for the strip lies there
INK, PAPER, ACCENT, SOFT = "#0b1a2b", "#ffffff", "#ffc53d", "#c9d6e4"
NOTICE_SIZES = (190, 160, 136, 116, 100, 86, 74, 64, 56, 48)
TITLE_SIZES = (150, 128, 110, 94, 80, 68, 58, 48)
SMALL_SIZES = (56, 48, 42, 36, 30)
WORDS = {
    "zh": {
        "listen": "在手机上收听",
        "listen_how": "扫描屏幕下方的二维码",
        "claim": "扫码领券",
        "scan": "扫码：手机同看，有声音，领优惠",
        "wifi": "无线网络",
        "open": "或打开",
    },
    "en": {
        "listen": "Hear it on your phone",
        "listen_how": "Scan the code at the bottom of the screen",
        "claim": "Scan to claim",
        "scan": "Scan: the same on your phone, with sound",
        "wifi": "WiFi",
        "open": "or open",
    },
}


def notice_card(text: str, *, title: str = "", size: tuple[int, int] = SIZE) -> Image.Image:
    """Typed text, as large as it fits; text that cannot be drawn legibly is refused."""
    refuse_undrawable(title + text)
    image, unit = _canvas(size)
    draw = ImageDraw.Draw(image)
    box = _body(size, margin=round(110 * unit))
    draw.rectangle((0, 0, round(28 * unit), size[1]), fill=ACCENT)
    if title:
        heading = fit_or_cut(title, box.width, round(box.height * 0.28), sizes=_scaled(TITLE_SIZES, unit), bold=True)
        top = draw_block(image, heading, box, fill=ACCENT) + round(24 * unit)
        box = Box(box.left, top, box.width, box.bottom - top)
    block = fit(text, box.width, box.height, sizes=_scaled(NOTICE_SIZES, unit), bold=len(text) < 60)
    if block is None:
        raise too_much_text(text, box, round(NOTICE_SIZES[-1] * unit))
    draw_block(image, block, box, fill=PAPER, middle=True)
    return image


def cover_card(title: str, *, language: str = "zh", size: tuple[int, int] = SIZE) -> Image.Image:
    """What a screen shows while sound plays: its title, and how to hear it."""
    image, unit = _canvas(size)
    draw = ImageDraw.Draw(image)
    box = _body(size, margin=round(110 * unit))
    _draw_waves(draw, Box(box.left, box.top, box.width, round(box.height * 0.3)))
    heading_box = Box(box.left, box.top + round(box.height * 0.34), box.width, round(box.height * 0.36))
    drawn = without_undrawable(title)
    heading = fit_or_cut(drawn, heading_box.width, heading_box.height, sizes=_scaled(TITLE_SIZES, unit), bold=True)
    draw_block(image, heading, heading_box, fill=PAPER, align="center", middle=True)
    words = _words(language)
    how = fit_or_cut(
        f"{words['listen']}\n{words['listen_how']}", box.width, round(box.height * 0.26), sizes=_scaled((64, 52), unit)
    )
    low = Box(box.left, box.bottom - how.height, box.width, how.height)
    draw_block(image, how, low, fill=ACCENT, align="center")
    return image


def coupon_card(
    *,
    title: str,
    merchant: str,
    terms: str,
    link: str,
    picture: Image.Image | None = None,
    language: str = "zh",
    size: tuple[int, int] = SIZE,
) -> Image.Image:
    """An offer: its words at the left, the code to scan at the right, a picture above the code if there is one."""
    image, unit = _canvas(size)
    box = _body(size, margin=round(90 * unit))
    side = round(box.height * 0.48) if picture else round(box.height * 0.62)
    words_box = Box(box.left, box.top, box.width - round(box.height * 0.78) - round(60 * unit), box.height)
    _draw_offer_words(image, words_box, unit, (merchant, title, terms))
    right = Box(words_box.left + words_box.width + round(60 * unit), box.top, round(box.height * 0.78), box.height)
    label = fit_or_cut(
        _words(language)["claim"], right.width, round(90 * unit), sizes=_scaled((64, 54), unit), bold=True
    )
    code_top = right.bottom - side - label.height
    if picture:
        _paste_picture(image, picture, Box(right.left, right.top, right.width, code_top - right.top - round(28 * unit)))
    else:
        code_top = right.top + (right.height - side - label.height) // 2
    image.paste(qr_plate(link, side), (right.left + (right.width - side) // 2, code_top))
    draw_block(image, label, Box(right.left, code_top + side, right.width, label.height), fill=ACCENT, align="center")
    return image


def enrolment_card(code: str, address: str, size: tuple[int, int] = SIZE, language: str = "zh") -> Image.Image:
    """What a screen shows until an operator has typed its code; both languages, the chosen one first."""
    image, unit = _canvas(size)
    box = Box(round(90 * unit), round(90 * unit), size[0] - round(180 * unit), size[1] - round(180 * unit))
    told = {
        "zh": f"此屏幕尚未登记\n请在控制台打开“屏幕 → 登记”，输入此代码：\n{address}",
        "en": f"This screen is not enrolled yet\nIn the console, open Screens → Enrol and type this code:\n{address}",
    }
    first, second = ("en", "zh") if language.startswith("en") else ("zh", "en")
    third = box.height // 3
    for words, top in ((told[first], box.top), (told[second], box.top + 2 * third)):
        block = fit_or_cut(words, box.width, third, sizes=_scaled((60, 52, 44, 36, 28, 22), unit))
        draw_block(image, block, Box(box.left, top, box.width, third), fill=SOFT, align="center", middle=True)
    block = fit_or_cut(code, box.width, third, sizes=_scaled((260, 220, 180, 140, 110, 80), unit), bold=True)
    draw_block(image, block, Box(box.left, box.top + third, box.width, third), fill=ACCENT, align="center", middle=True)
    return image


def strip(
    size_w: int, height: int, page_url: str, short_address: str, wifi: str | None, language: str = "zh"
) -> Image.Image:
    """The line over every item: the page's code at the left, how else to get there beside it."""
    image = Image.new("RGB", (size_w, height), PAPER)
    image.paste(qr_plate(page_url, height, error="l", margin=2), (0, 0))
    words = _words(language)
    other = f"{words['wifi']} {wifi}   {words['open']} {short_address}" if wifi else f"{words['open']} {short_address}"
    left = height + height // 8
    half = Box(left, height // 10, size_w - left - height // 4, round(height * 0.4))
    sizes = [round(height * share / 100) for share in (29, 25, 21, 18, 15, 12, 10, 8)]
    for line, top, bold in ((words["scan"], half.top, True), (other, height // 2, False)):
        block = fit_or_cut(line, half.width, half.height, sizes=sizes, bold=bold)
        draw_block(image, block, Box(left, top, half.width, half.height), fill=INK, middle=True)
    return image


@lru_cache(maxsize=8)
def qr_plate(link: str, side: int, *, error: str = "m", margin: int = 4) -> Image.Image:
    """A QR code on white with its quiet margin, each module a whole number of pixels; exactly `side` wide."""
    code = segno.make(link, micro=False, error=error, boost_error=False)
    modules = [[bool(dark) for dark in row] for row in code.matrix_iter(border=margin)]
    count = len(modules)
    image = Image.new("1", (count, count), 1)
    image.putdata([0 if dark else 1 for row in modules for dark in row])
    scale = side // count
    plate = Image.new("RGB", (side, side), PAPER)
    if scale < 1:
        return image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)
    corner = (side - scale * count) // 2
    plate.paste(image.resize((scale * count, scale * count), Image.Resampling.NEAREST), (corner, corner))
    return plate


# --- the pieces of a card


def _canvas(size: tuple[int, int]) -> tuple[Image.Image, float]:
    """The background, and by how much all measures are scaled."""
    return Image.new("RGB", size, INK), min(size[0] / SIZE[0], size[1] / SIZE[1])


def _body(size: tuple[int, int], *, margin: int) -> Box:
    """Where a card may write: not at the edges, not where the strip lies."""
    return Box(margin, margin // 2, size[0] - 2 * margin, round(size[1] * (1 - STRIP_SHARE)) - margin)


def _scaled(sizes: tuple[int, ...], unit: float) -> list[int]:
    return [max(8, round(size * unit)) for size in sizes]


def _words(language: str) -> dict[str, str]:
    return WORDS["en" if language.startswith("en") else "zh"]


def _draw_offer_words(image: Image.Image, box: Box, unit: float, words: tuple[str, str, str]) -> None:
    """Merchant, title and terms; the terms are cut where they do not fit, the phone has them whole."""
    merchant, title, terms = map(without_undrawable, words)
    gap = round(28 * unit)
    name = fit_cut(merchant, box.width, round(90 * unit), size=round(56 * unit))
    top = draw_block(image, name, box, fill=SOFT) + gap
    heading = fit_or_cut(title, box.width, round(box.height * 0.45), sizes=_scaled(TITLE_SIZES, unit), bold=True)
    top = draw_block(image, heading, Box(box.left, top, box.width, 0), fill=ACCENT) + gap
    if terms.strip():
        rest = Box(box.left, top, box.width, box.bottom - top)
        small = fit_or_cut(terms, rest.width, rest.height, sizes=_scaled(SMALL_SIZES, unit))
        draw_block(image, small, rest, fill=PAPER)


def _paste_picture(image: Image.Image, picture: Image.Image, box: Box) -> None:
    fitted = ImageOps.contain(on_ground(picture), (box.width, box.height), Image.Resampling.LANCZOS)
    corner = (box.left + (box.width - fitted.width) // 2, box.top + (box.height - fitted.height) // 2)
    image.paste(fitted, corner)


def _draw_waves(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """Bars like a sound's picture."""
    heights = (0.2, 0.45, 0.75, 0.4, 0.95, 0.6, 1.0, 0.5, 0.85, 0.35, 0.65, 0.4, 0.2)
    step = box.width // 26
    left = box.left + (box.width - step * (2 * len(heights) - 1)) // 2
    for index, share in enumerate(heights):
        tall = round(box.height * share)
        x, y = left + 2 * step * index, box.top + (box.height - tall) // 2
        draw.rounded_rectangle((x, y, x + step, y + tall), radius=step // 2, fill=ACCENT)


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
