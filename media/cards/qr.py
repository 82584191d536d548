"""QR codes as pictures."""

from __future__ import annotations

from functools import lru_cache

import segno
from PIL import Image

from media.cards.layout import PAPER


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
