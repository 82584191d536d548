"""Reading pictures that strangers made: pixels counted before decoding, turned upright, in sRGB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from media.refused import Refused, truncated
from server.creatives.probe.colour_coding import in_srgb
from server.creatives.probe.completeness import is_whole
from server.creatives.probe.picture_boxes import read_extras

try:
    from pillow_heif import register_heif_opener
except ImportError:  # a box shows renditions only and needs no HEIC
    pass
else:
    register_heif_opener()

# Pillow's own limit is one number for the whole process and only warns; here each caller's limit is enforced.
Image.MAX_IMAGE_PIXELS = None

Image.init()
KNOWN = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "HEIF", "AVIF")
FORMATS: list[str] = [name for name in KNOWN if name in Image.OPEN]
MOVING = ("GIF", "PNG", "WEBP", "AVIF")
MAGICS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\0", b"MM\0*")
ORIENTATION = 0x0112
TURNED = (5, 6, 7, 8)
DEGREES = {3: 180, 4: 180, 5: 270, 6: 270, 7: 90, 8: 90}


@dataclass(frozen=True)
class PictureHead:
    """The header of a picture; width and height as a viewer sees it, upright."""

    format: str
    width: int
    height: int
    rotation: int
    moving: bool


def read_head(path: Path, *, max_pixels: int) -> PictureHead | None:
    """The header of a picture, or None if this is no picture. Pixels are counted before anything is decoded."""
    try:
        with hostile(path), Image.open(path, formats=FORMATS) as image:
            return _head_of(image, path, max_pixels)
    except UnidentifiedImageError as error:
        if _magic_of(path).startswith(MAGICS):
            raise _broken(path, error) from None
        return None


def count_pixels(path: Path) -> tuple[int, int]:
    """Pixels of one frame and of all, by the header alone; 0 if it cannot be read.

    (For a PNG's orientation, `read_head` may have to decode it.)
    """
    with suppress(Exception), Image.open(path, formats=FORMATS) as image:
        pixels = image.width * image.height
        return pixels, pixels * (getattr(image, "n_frames", 1) if image.format in MOVING else 1)
    return 0, 0


def open_picture(path: Path, *, max_pixels: int) -> Image.Image:
    """The whole picture, decoded, upright, in sRGB; mode RGB, or RGBA where something shines through."""
    try:
        with hostile(path), Image.open(path, formats=FORMATS) as image:
            _head_of(image, path, max_pixels)
            image.load()
            return upright_in_srgb(image, path)
    except UnidentifiedImageError as error:
        raise _broken(path, error) from error


def upright_in_srgb(image: Image.Image, path: Path) -> Image.Image:
    """A decoded picture or frame as a viewer sees it: cropped, turned, in sRGB."""
    extras = read_extras(path, image)
    cropped = image.crop(extras.crop) if extras.crop else image
    return in_srgb(ImageOps.exif_transpose(cropped), extras.coding)


@contextmanager
def hostile(path: Path) -> Iterator[None]:
    """Hostile bytes make Pillow's decoders raise nearly anything; all of it means a damaged picture."""
    try:
        yield
    except (Refused, UnidentifiedImageError, MemoryError):
        raise
    except Exception as error:
        raise _broken(path, error) from error


def _magic_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(6)


def _head_of(image: Image.Image, path: Path, max_pixels: int) -> PictureHead:
    width, height = image.size
    if width * height > max_pixels:
        raise too_many_pixels(width, height, max_pixels)
    if crop := read_extras(path, image).crop:
        width, height = crop[2] - crop[0], crop[3] - crop[1]
    orientation = int(image.getexif().get(ORIENTATION, 1) or 1)
    if orientation in TURNED:
        width, height = height, width
    kind = image.format or ""
    moving = kind in MOVING and getattr(image, "n_frames", 1) > 1
    return PictureHead(kind, width, height, DEGREES.get(orientation, 0), moving)


def too_many_pixels(width: int, height: int, max_pixels: int) -> Refused:
    return Refused(
        "too_many_pixels",
        f"It has {width} × {height} pixels, more than the {max_pixels // 1_000_000} megapixels allowed.",
        "Scale it down (a screen shows 1920 × 1080) and upload it again.",
    )


def _broken(path: Path, error: Exception) -> Refused:
    """Pillow calls much truncated that is damaged in its middle: the file's own structure decides where it can."""
    whole = is_whole(path)
    if whole is False or (whole is None and (isinstance(error, EOFError) or "truncated" in str(error).lower())):
        return truncated()
    return Refused(
        "broken_picture",
        "The picture is damaged and cannot be decoded.",
        "Open it in a picture editor, save it as a new JPEG or PNG, and upload that.",
    )
