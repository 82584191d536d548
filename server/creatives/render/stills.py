"""The renditions of pictures and cards, made by Pillow of pictures in RGB."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from server.creatives.render.films import PHONE_BOX, SCREEN_BOX, fit_size

THUMB_BOX = (320, 180)


def save_screen(image: Image.Image, path: Path, *, crisp: bool) -> None:
    """JPEG, which every player draws; `crisp` keeps the full colour resolution that letters need."""
    fitted = _fitted(image, SCREEN_BOX)
    fitted.save(path, "JPEG", quality=92 if crisp else 88, subsampling=0 if crisp else 2, progressive=not crisp)


def save_phone(image: Image.Image, path: Path) -> None:
    """WebP: a third smaller, and every phone's browser draws it."""
    _fitted(image, PHONE_BOX).save(path, "WEBP", quality=80, method=4)


def save_thumb(image: Image.Image, path: Path) -> None:
    """Small, for lists."""
    thumb = ImageOps.contain(image, THUMB_BOX, Image.Resampling.LANCZOS)
    thumb.save(path, "JPEG", quality=80, optimize=True)


def _fitted(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    size = fit_size(*image.size, box)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
