"""Read what Pillow does not read of a picture's file: coded colours (CICP) of AVIF, HEIC and PNG, and the crop of
AVIF."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image

from server.creatives.probe.colour_coding import Coding

Box = tuple[int, int, int, int]
HEAD = 1 << 20  # the properties are in the file's first part
PNG_HEADER = 8


@dataclass(frozen=True)
class PictureExtras:
    """`crop` is left, top, right, bottom in stored pixels, before the picture is turned."""

    coding: Coding | None = None
    crop: Box | None = None


def read_extras(path: Path, image: Image.Image) -> PictureExtras:
    if image.format == "AVIF":
        return _of_avif(_head(path), image.size)
    if image.format == "PNG":
        return PictureExtras(_of_png(_head(path)))
    declared = image.info.get("nclx_profile")
    if declared:
        return PictureExtras(Coding(int(declared["color_primaries"]), int(declared["transfer_characteristics"])))
    return PictureExtras()


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _of_png(data: bytes) -> Coding | None:
    """The chunk cICP, before the pixels."""
    at = PNG_HEADER
    while at + 12 <= len(data) and data[at + 4 : at + 8] != b"IDAT":
        if data[at + 4 : at + 8] == b"cICP":
            return Coding(data[at + 8], data[at + 9])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    return None


# --- AVIF: the properties of the primary item (ISO/IEC 14496-12 and 23008-12)


def _of_avif(data: bytes, size: tuple[int, int]) -> PictureExtras:
    coding, crop = None, None
    for kind, body in _properties(data):
        if kind == b"colr" and body[:4] == b"nclx":
            coding = Coding(*struct.unpack_from(">HH", body, 4))
        elif kind == b"clap":
            crop = _crop(body, size)
    return PictureExtras(coding, crop)


def _crop(body: bytes, size: tuple[int, int]) -> Box | None:
    """The clean aperture: width, height, and how far its middle is from the picture's, as fractions."""
    numbers = struct.unpack_from(">IIIIiIiI", body)
    if not all(numbers[1::2]):
        return None
    width, height, right, down = (Fraction(numbers[at], numbers[at + 1]) for at in (0, 2, 4, 6))
    left, top = (size[0] - width) / 2 + right, (size[1] - height) / 2 + down
    box = (round(left), round(top), round(left + width), round(top + height))
    inside = 0 <= box[0] < box[2] <= size[0] and 0 <= box[1] < box[3] <= size[1]
    return box if inside else None


def _properties(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    meta = dict(_boxes(dict(_boxes(data)).get(b"meta", b"")[4:]))
    made = dict(_boxes(meta.get(b"iprp", b"")))
    properties = list(_boxes(made.get(b"ipco", b"")))
    for index in _associated(made.get(b"ipma", b""), _primary(meta.get(b"pitm", b""))):
        if 1 <= index <= len(properties):
            yield properties[index - 1]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        if length < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + length]
        at += length


def _primary(pitm: bytes) -> int:
    return int.from_bytes(pitm[4:6] if pitm[:1] == b"\0" else pitm[4:8], "big")


def _associated(ipma: bytes, item: int) -> list[int]:
    """The properties of the item, by their position; the first bit of each says only whether it must be understood."""
    if len(ipma) < 8:
        return []
    id_bytes, index_bytes = (4 if ipma[0] else 2), (2 if ipma[3] & 1 else 1)
    at = 8
    while at + id_bytes < len(ipma):
        found = int.from_bytes(ipma[at : at + id_bytes], "big")
        count, first = ipma[at + id_bytes], at + id_bytes + 1
        at = first + count * index_bytes
        if found == item:
            mask = (1 << 8 * index_bytes - 1) - 1
            return [int.from_bytes(ipma[x : x + index_bytes], "big") & mask for x in range(first, at, index_bytes)]
    return []
