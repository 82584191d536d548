"""The background of a transparent picture: white, as on paper, unless the picture would vanish there.

A picture vanishes where its outline is as light, or as dark, as the ground. The same rule serves pictures, animations,
films and the logo on a coupon.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from PIL import Image, ImageChops, ImageFilter

SAMPLE_SIDE = 640
VISIBLE = 128  # of 255
EDGE_PIXELS = 5
# Of 255: lighter or darker than this has a contrast to the ground of less than 1.4 (WCAG 2, relative luminance).
LIGHT, DARK = 218, 60
MOST_LOST = 0.1

SHOWN_ON_DARK = (
    "It is light and its background is transparent, so it is shown on a dark one. Give it a background of its own if "
    "you want another."
)
PARTLY_LOST = (
    "Its background is transparent, and parts of it are hardly visible on any other. Give it a background of its own."
)
INVISIBLE = "Nothing of it is visible: all of it is transparent. Upload it with a background of its own."


class Ground(Enum):
    """Colours of a background."""

    WHITE = (255, 255, 255)
    DARK = (34, 34, 34)

    @property
    def colour(self) -> tuple[int, int, int]:
        return self.value


@dataclass(frozen=True)
class Outline:
    """How many pixels the edge of what is visible has, and how many of them are too light or too dark to be seen."""

    pixels: int = 0
    light: int = 0
    dark: int = 0
    visible: bool = False

    def __add__(self, other: Outline) -> Outline:
        return Outline(
            self.pixels + other.pixels,
            self.light + other.light,
            self.dark + other.dark,
            self.visible or other.visible,
        )

    @property
    def ground(self) -> Ground:
        return Ground.DARK if self._lost(Ground.WHITE) and self.dark < self.light else Ground.WHITE

    @property
    def warning(self) -> str:
        """The warning to the person who uploaded it; empty if all is well."""
        if not self.visible:
            return INVISIBLE
        if self._lost(self.ground):
            return PARTLY_LOST
        return SHOWN_ON_DARK if self.ground is Ground.DARK else ""

    def _lost(self, ground: Ground) -> bool:
        lost = self.light if ground is Ground.WHITE else self.dark
        return lost > MOST_LOST * self.pixels


def outline_of(frames: Iterable[Image.Image]) -> Outline:
    """Of all frames together, so that one ground serves the whole film."""
    return sum(map(_outline, frames), Outline())


def on_ground(image: Image.Image, ground: Ground | None = None) -> Image.Image:
    """RGB; without a ground the one that suits the picture."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, (ground or _outline(image).ground).colour)
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _outline(image: Image.Image) -> Outline:
    if image.mode != "RGBA":
        return Outline(visible=True)
    small = image.copy()
    small.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE), Image.Resampling.BOX)
    visible = small.getchannel("A").point(lambda value: 255 if value >= VISIBLE else 0)
    edge = ImageChops.subtract(visible, visible.filter(ImageFilter.MinFilter(EDGE_PIXELS)))
    levels = small.convert("RGB").convert("L").histogram(edge)
    return Outline(sum(levels), sum(levels[LIGHT:]), sum(levels[:DARK]), visible.getbbox() is not None)
