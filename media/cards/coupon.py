"""The card of a coupon offer."""

from __future__ import annotations

from PIL import Image, ImageOps

from media.cards.grounds import on_ground
from media.cards.layout import ACCENT, PAPER, SIZE, SOFT, TITLE_SIZES, body, canvas, scaled, words_in
from media.cards.lettering import Box, draw_block, fit_cut, fit_or_cut, without_undrawable
from media.cards.qr import qr_plate

SMALL_SIZES = (56, 48, 42, 36, 30)


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
    image, unit = canvas(size)
    box = body(size, margin=round(90 * unit))
    side = round(box.height * 0.48) if picture else round(box.height * 0.62)
    words_box = Box(box.left, box.top, box.width - round(box.height * 0.78) - round(60 * unit), box.height)
    _draw_offer_words(image, words_box, unit, (merchant, title, terms))
    right = Box(words_box.left + words_box.width + round(60 * unit), box.top, round(box.height * 0.78), box.height)
    label = fit_or_cut(
        words_in(language)["claim"], right.width, round(90 * unit), sizes=scaled((64, 54), unit), bold=True
    )
    code_top = right.bottom - side - label.height
    if picture:
        _paste_picture(image, picture, Box(right.left, right.top, right.width, code_top - right.top - round(28 * unit)))
    else:
        code_top = right.top + (right.height - side - label.height) // 2
    image.paste(qr_plate(link, side), (right.left + (right.width - side) // 2, code_top))
    draw_block(image, label, Box(right.left, code_top + side, right.width, label.height), fill=ACCENT, align="center")
    return image


def _draw_offer_words(image: Image.Image, box: Box, unit: float, words: tuple[str, str, str]) -> None:
    """Merchant, title and terms; the terms are cut where they do not fit, the phone has them whole."""
    merchant, title, terms = map(without_undrawable, words)
    gap = round(28 * unit)
    name = fit_cut(merchant, box.width, round(90 * unit), size=round(56 * unit))
    top = draw_block(image, name, box, fill=SOFT) + gap
    heading = fit_or_cut(title, box.width, round(box.height * 0.45), sizes=scaled(TITLE_SIZES, unit), bold=True)
    top = draw_block(image, heading, Box(box.left, top, box.width, 0), fill=ACCENT) + gap
    if terms.strip():
        rest = Box(box.left, top, box.width, box.bottom - top)
        small = fit_or_cut(terms, rest.width, rest.height, sizes=scaled(SMALL_SIZES, unit))
        draw_block(image, small, rest, fill=PAPER)


def _paste_picture(image: Image.Image, picture: Image.Image, box: Box) -> None:
    fitted = ImageOps.contain(on_ground(picture), (box.width, box.height), Image.Resampling.LANCZOS)
    corner = (box.left + (box.width - fitted.width) // 2, box.top + (box.height - fitted.height) // 2)
    image.paste(fitted, corner)
