"""Reading pictures that strangers made: pixels counted before decoding, turned upright, in sRGB."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from media.refused import Refused, truncated

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
MOVING_FILM_CAN_READ = ("GIF", "PNG")
MAGICS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\0", b"MM\0*")
ORIENTATION = 0x0112
TURNED = (5, 6, 7, 8)
DEGREES = {3: 180, 4: 180, 5: 270, 6: 270, 7: 90, 8: 90}
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@dataclass(frozen=True)
class PictureHead:
    """What a picture's header says; width and height as a viewer sees it, upright."""

    format: str
    width: int
    height: int
    rotation: int
    moving: bool


def read_head(path: Path, *, max_pixels: int) -> PictureHead | None:
    """The header of a picture, or None if this is no picture. Pixels are counted before anything is decoded."""
    try:
        with _hostile(), Image.open(path, formats=FORMATS) as image:
            return _head_of(image, max_pixels)
    except UnidentifiedImageError:
        if _magic_of(path).startswith(MAGICS):
            raise truncated() from None
        return None


def count_pixels(path: Path) -> int:
    """By the header alone, 0 if it cannot be read. (For a PNG's orientation, `read_head` may have to decode it.)"""
    with suppress(Exception), Image.open(path, formats=FORMATS) as image:
        return image.width * image.height
    return 0


def open_picture(path: Path, *, max_pixels: int) -> Image.Image:
    """The whole picture, decoded, upright, in sRGB; mode RGB, or RGBA where something shines through."""
    try:
        with _hostile(), Image.open(path, formats=FORMATS) as image:
            _head_of(image, max_pixels)
            image.load()
            return in_srgb(ImageOps.exif_transpose(image))
    except UnidentifiedImageError as error:
        raise _broken(error) from error


@contextmanager
def _hostile() -> Iterator[None]:
    """Hostile bytes make Pillow's decoders raise nearly anything; all of it means a damaged picture."""
    try:
        yield
    except (Refused, UnidentifiedImageError, MemoryError):
        raise
    except Exception as error:
        raise _broken(error) from error


def _magic_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(6)


def in_srgb(image: Image.Image) -> Image.Image:
    """Any mode and any colour profile, to RGB or RGBA in sRGB."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I;16") or image.mode == "I":
        image = image.point(lambda value: value / 257).convert("L")
    if profile and image.mode in ("RGB", "CMYK", "L", "RGBA"):
        with suppress(ImageCms.PyCMSError, OSError):  # a broken profile: its colours cannot be told better than plainly
            return _through_profile(image, profile)
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def on_white(image: Image.Image) -> Image.Image:
    """Without transparency: what shone through becomes white, as on paper."""
    if image.mode != "RGBA":
        return image.convert("RGB")
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def _through_profile(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    converted = ImageCms.profileToProfile(image, source, SRGB, outputMode=mode)
    assert converted is not None
    return converted


def _head_of(image: Image.Image, max_pixels: int) -> PictureHead:
    width, height = image.size
    if width * height > max_pixels:
        raise too_many_pixels(width, height, max_pixels)
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


def _broken(error: Exception) -> Refused:
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return truncated()
    return Refused(
        "broken_picture",
        "The picture is damaged and cannot be decoded.",
        "Open it in a picture editor, save it as a new JPEG or PNG, and upload that.",
    )
