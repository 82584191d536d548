"""The colours of a game, derived from one colour of the advertiser's so that words stay readable. Pure.

Contrast is that of WCAG 2.2 (relative luminance, success criterion 1.4.3).
"""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls

from PIL import ImageColor

from media.cards.layout import ACCENT, INK, PAPER, SOFT
from media.wire.games import GameColours

AA, AAA = 4.5, 7.0
USUAL = GameColours(
    ground=INK, track="#15293f", line="#2b4562", text=PAPER, soft=SOFT, accent=ACCENT, on_accent="#1b1300"
)
GROUND_LIGHTNESS, TRACK_LIGHTNESS, LINE_LIGHTNESS, SOFT_LIGHTNESS = 0.1, 0.17, 0.3, 0.86
MOST_SATURATION = 0.6  # of the dark surfaces: a brighter one would draw the eye from the runners
STEPS = 50

RGB = tuple[int, int, int]


def derive_colours(brand: str) -> GameColours:
    """A dark ground in the brand's hue, and the brand's colour itself, lightened until it is readable on it.

    brand: as `#rrggbb`
    """
    hue, lightness, saturation = rgb_to_hls(*(part / 255 for part in rgb_of(brand)))
    dark = min(saturation, MOST_SATURATION)
    ground = _hex(hue, GROUND_LIGHTNESS, dark)
    accent = _lightened(hue, lightness, saturation, ground)
    return GameColours(
        ground=ground,
        track=_hex(hue, TRACK_LIGHTNESS, dark),
        line=_hex(hue, LINE_LIGHTNESS, dark),
        text=PAPER,
        soft=_hex(hue, SOFT_LIGHTNESS, min(saturation, 0.4)),
        accent=accent,
        on_accent=max((ground, PAPER), key=lambda letters: contrast(letters, accent)),
    )


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    darker, lighter = sorted((_luminance(rgb_of(one)), _luminance(rgb_of(other))))
    return (lighter + 0.05) / (darker + 0.05)


def rgb_of(colour: str) -> RGB:
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def _lightened(hue: float, lightness: float, saturation: float, ground: str) -> str:
    """The first lighter tone with a contrast of 7:1; at the latest, white has it."""
    for step in range(STEPS):
        tone = _hex(hue, lightness + (1 - lightness) * step / STEPS, saturation)
        if contrast(tone, ground) >= AAA:
            return tone
    return PAPER


def _hex(hue: float, lightness: float, saturation: float) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in hls_to_rgb(hue, lightness, saturation))


def _luminance(rgb: RGB) -> float:
    red, green, blue = (_linear(part / 255) for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
