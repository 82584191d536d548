"""The building's card, which is shown when there is nothing else: its name here, and below it a panel that the player
draws anew every minute, with time, date and the page's code. Pure.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from PIL import Image, ImageDraw

from media.cards.layout import ACCENT, INK, PAPER, SIZE, SOFT, WORDS
from media.cards.lettering import Block, Box, draw_block, fit_or_cut, without_undrawable
from media.cards.qr import qr_plate

# Of the screen's height. The card keeps it free, and no strip is allowed more (player/display/xwindows.py).
PANEL_SHARE = 0.4
NAME_SIZES = (220, 190, 160, 136, 116, 100, 86, 74, 64, 56, 48, 40)
MARGIN_SHARE = 0.09  # of the shorter side
SCAN = {"zh": "扫码：在手机上看本楼的通知和优惠", "en": "Scan for this building's notices and offers"}
WEEKDAYS = {
    "zh": ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def building_card(name: str, size: tuple[int, int] = SIZE) -> Image.Image:
    """The building's name, as large as fits above the panel; of no language but its own."""
    image = Image.new("RGB", size, INK)
    draw = ImageDraw.Draw(image)
    margin, line = round(min(size) * MARGIN_SHARE), round(size[1] * (1 - PANEL_SHARE))
    box = Box(margin, margin, size[0] - 2 * margin, line - margin - margin // 2)
    sizes = [max(8, round(letters * min(size) / min(SIZE))) for letters in NAME_SIZES]
    block = fit_or_cut(without_undrawable(name), box.width, box.height, sizes=sizes, bold=True)
    draw_block(image, block, box, fill=PAPER, align="center", middle=True)
    draw.rectangle((margin, line - max(2, margin // 24), size[0] - margin, line), fill=ACCENT)
    return image


def clock_panel(
    size: tuple[int, int], at: datetime | None, link: str, short_address: str, wifi: str | None, language: str
) -> Image.Image:
    """Time and date at the left, the page's code at the right. Without a time (`at`, local) only how to open it."""
    width, height = size
    image = Image.new("RGB", size, INK)
    margin = round(min(width, height / PANEL_SHARE) * MARGIN_SHARE)
    side = min(height - margin, round(width * 0.42))
    image.paste(qr_plate(link, side, margin=2), (width - margin - side, (height - side) // 2))
    box = Box(margin, (height - side) // 2, width - side - round(2.5 * margin), side)
    lines = _time_and_date(at, language) if at is not None else []
    lines += [(SCAN[language], 0.15, ACCENT), (_address(short_address, wifi, language), 0.13, SOFT)]
    _draw_stack(image, box, lines)
    return image


def _draw_stack(image: Image.Image, box: Box, lines: list[tuple[str, float, str]]) -> None:
    """One text below the other in the middle of the box: each with the share of its height that it may take."""
    blocks = [(_fitted(text, box.width, round(box.height * share)), fill) for text, share, fill in lines]
    top = box.top + (box.height - sum(block.height for block, _ in blocks)) // 2
    for block, fill in blocks:
        top = draw_block(image, block, Box(box.left, top, box.width, block.height), fill=fill)


def _fitted(text: str, width: int, height: int) -> Block:
    sizes = [max(8, round(height / share)) for share in (1.4, 1.6, 1.9, 2.3, 2.8, 3.4, 4.2, 5.2, 6.4)]
    return fit_or_cut(text, width, height, sizes=sizes, bold=True)


def _address(short_address: str, wifi: str | None, language: str) -> str:
    words = WORDS[language]
    address = f"{words['open']} {short_address}"
    return f"{words['wifi']} {wifi}   {address}" if wifi else address


def _time_and_date(at: datetime, language: str) -> list[tuple[str, float, str]]:
    return [(f"{at:%H:%M}", 0.5, PAPER), (date_words(at, language), 0.2, PAPER)]


def time_in(zone: str, at_ms: int) -> datetime | None:
    """The time there; None where this machine's zone data is too old to know it: no time is better than a wrong one."""
    try:
        return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return None


def date_words(at: datetime, language: str) -> str:
    weekday = WEEKDAYS[language][at.weekday()]
    return f"{at.month}月{at.day}日 {weekday}" if language == "zh" else f"{weekday} {at.day} {MONTHS[at.month - 1]}"
