"""Pictures on their way to an X server."""

from typing import Any

from PIL import Image
from Xlib import X

HEADER_BYTES = 64


def put_picture(drawable: Any, gc: Any, picture: Image.Image, *, left: int = 0, top: int = 0, most_bytes: int) -> None:
    """Draw an RGB picture of 24 bits; `most_bytes` is what the server takes in one request."""
    rows = max(1, (most_bytes - HEADER_BYTES) // (picture.width * 4))
    for from_row in range(0, picture.height, rows):
        part = picture.crop((0, from_row, picture.width, min(from_row + rows, picture.height)))
        pixels = part.tobytes("raw", "BGRX")
        drawable.put_image(gc, left, top + from_row, *part.size, X.ZPixmap, 24, 0, pixels)
