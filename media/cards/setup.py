"""The card of a box that waits to be set up on site: its WiFi, which an installer's phone joins."""

from __future__ import annotations

import re

from PIL import Image

from media.cards.layout import ACCENT, SIZE, SOFT, canvas, scaled
from media.cards.lettering import Box, draw_block, fit_or_cut
from media.cards.qr import qr_plate

# The characters that stand for themselves only behind a backslash
# (https://github.com/zxing/zxing/wiki/Barcode-Contents#wi-fi-network-config-android-ios-11).
SPECIAL = re.compile(r'([\\;,":])')


def setup_card(ssid: str, passphrase: str, address: str, code: str = "", size: tuple[int, int] = SIZE) -> Image.Image:
    """The QR by which a phone joins, both as text, the page's address, and the code to enrol with if there is one."""
    image, unit = canvas(size)
    margin = round(90 * unit)
    side = min(size[1] - 2 * margin, round(size[0] * 0.4))
    image.paste(qr_plate(wifi_of(ssid, passphrase), side), (margin, (size[1] - side) // 2))
    left = margin + side + margin
    box = Box(left, margin, size[0] - left - margin, size[1] - 2 * margin)
    third = box.height // 3
    how = f"设置此盒子：扫码加入 WiFi，然后打开 {address}\nSet this box up: scan to join its WiFi, then open {address}"
    code_line = f"登记代码 · Code: {code}" if code else ""
    lines = [(how, SOFT, False), (f"{ssid}\n{passphrase}", ACCENT, True), (code_line, SOFT, True)]
    for nth, (text, colour, bold) in enumerate(lines):
        block = fit_or_cut(text, box.width, third, sizes=scaled((88, 72, 60, 52, 44, 36, 28, 22), unit), bold=bold)
        place = Box(box.left, box.top + nth * third, box.width, third)
        draw_block(image, block, place, fill=colour, middle=True)
    return image


def wifi_of(ssid: str, passphrase: str) -> str:
    name, key = (SPECIAL.sub(r"\\\1", text) for text in (ssid, passphrase))
    return f"WIFI:T:WPA;S:{name};P:{key};;"
