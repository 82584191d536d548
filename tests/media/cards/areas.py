"""The areas of a card that can be seen."""

from __future__ import annotations

from PIL import Image, ImageChops
from pyzbar.pyzbar import decode

from media.cards.layout import INK


def drawn_area(image: Image.Image) -> tuple[int, int, int, int]:
    """Where anything but the background is."""
    box = ImageChops.difference(image, Image.new("RGB", image.size, INK)).getbbox()
    assert box is not None
    return box


def codes_in(image: Image.Image) -> list[str]:
    return [code.data.decode() for code in decode(image)]
