"""The measures, colours and words that cards share.

Colours have a contrast of at least 7:1 and letters are read from two metres.
"""

from __future__ import annotations

from PIL import Image

from media.cards.lettering import Box

SIZE = (1920, 1080)
STRIP_SHARE = 0.16  # of the screen's height: cards keep it free, for the strip lies there
INK, PAPER, ACCENT, SOFT = "#0b1a2b", "#ffffff", "#ffc53d", "#c9d6e4"
TITLE_SIZES = (150, 128, 110, 94, 80, 68, 58, 48)
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


def canvas(size: tuple[int, int]) -> tuple[Image.Image, float]:
    """The background, and by how much all measures are scaled."""
    return Image.new("RGB", size, INK), min(size[0] / SIZE[0], size[1] / SIZE[1])


def body(size: tuple[int, int], *, margin: int) -> Box:
    """Where a card may write: not at the edges, not where the strip lies."""
    return Box(margin, margin // 2, size[0] - 2 * margin, round(size[1] * (1 - STRIP_SHARE)) - margin)


def scaled(sizes: tuple[int, ...], unit: float) -> list[int]:
    return [max(8, round(size * unit)) for size in sizes]


def words_in(language: str) -> dict[str, str]:
    return WORDS["en" if language.startswith("en") else "zh"]
