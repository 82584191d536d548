"""Fonts for the cards: Noto Sans CJK where it is installed, else DejaVu, else Pillow's own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

FOLDERS = tuple(map(Path, ("/usr/share/fonts", "/usr/local/share/fonts")))
SIMPLIFIED = 2  # the collection holds JP, KR, SC, TC, HK in this order
NEVER_DRAWN = "\U0010fffe"

Font = ImageFont.FreeTypeFont


@lru_cache(maxsize=24)
def font(size: int, *, bold: bool = False) -> Font:
    """The face to draw with at this many pixels."""
    path, index = _face(bold=bold)
    if path is None:
        built_in = ImageFont.load_default(size)
        assert isinstance(built_in, ImageFont.FreeTypeFont)
        return built_in
    return ImageFont.truetype(str(path), size, index=index, layout_engine=ImageFont.Layout.BASIC)


def undrawable(text: str) -> list[str]:
    """The characters for which the face has no shape (emoji, say), each once, in order."""
    face = font(24)
    blank = _shape(face, NEVER_DRAWN)
    signs = dict.fromkeys(sign for sign in text if not sign.isspace())
    return [sign for sign in signs if _shape(face, sign) == blank]


def _shape(face: Font, sign: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(sign)
    return mask.size, bytes(mask)


@lru_cache(maxsize=2)
def _face(*, bold: bool) -> tuple[Path | None, int]:
    noto, dejavu = ("Bold", "-Bold") if bold else ("Regular", "")
    for name, index in ((f"NotoSansCJK-{noto}.ttc", SIMPLIFIED), (f"DejaVuSans{dejavu}.ttf", 0)):
        found = next((path for folder in FOLDERS for path in sorted(folder.rglob(name))), None)
        if found:
            return found, index
    return None, 0
