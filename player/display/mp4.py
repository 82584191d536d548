"""How long the picture of an MP4 file is: VLC knows the length of the whole file only, which its sound may outlast.

ISO/IEC 14496-12: a file is a tree of boxes, each of a size (4 bytes, its own header included), a type and a content.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

HEADER = struct.Struct(">I4s")
MOOV_LIMIT = 64 << 20  # of the box that describes the file; an hour's film needs less than one MB


class _Broken(Exception):
    """The boxes do not fit into each other."""


def picture_ms(path: Path) -> int | None:
    """The length of the first video track in ms; None where there is none, or no readable MP4 file."""
    try:
        moov = _read_moov(path)
        (timescale,) = _fields(dict(_boxes(moov))[b"mvhd"], ">I", ">I", skip=(12, 20))
        lengths = [_track_length(content) for type_, content in _boxes(moov) if type_ == b"trak" and _is_video(content)]
    except (OSError, KeyError, struct.error, _Broken):
        return None
    return lengths[0] * 1000 // timescale if lengths and lengths[0] and timescale else None


def _read_moov(path: Path) -> bytes:
    with path.open("rb") as file:
        while True:
            size, type_ = HEADER.unpack(file.read(HEADER.size))
            header = HEADER.size
            if size == 1:  # a length of 64 bits follows
                (size,) = struct.unpack(">Q", file.read(8))
                header += 8
            if size < header or (type_ == b"moov" and size > MOOV_LIMIT):
                raise _Broken
            if type_ == b"moov":
                return file.read(size - header)
            file.seek(size - header, 1)


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box in here."""
    while len(content) >= HEADER.size:
        size, type_ = HEADER.unpack_from(content)
        if not HEADER.size <= size <= len(content):
            raise _Broken
        yield type_, content[HEADER.size : size]
        content = content[size:]


def _is_video(trak: bytes) -> bool:
    mdia = dict(_boxes(dict(_boxes(trak))[b"mdia"]))
    return mdia[b"hdlr"][8:12] == b"vide"


def _track_length(trak: bytes) -> int:
    """In the units of the whole file, edits included."""
    (length,) = _fields(dict(_boxes(trak))[b"tkhd"], ">I", ">Q", skip=(20, 28))
    return length


def _fields(box: bytes, short: str, long: str, *, skip: tuple[int, int]) -> tuple[int, ...]:
    """The number after so many bytes, in the box's version 0 or in its version 1 with longer times."""
    version = box[0] if box else 0
    return struct.unpack_from(long if version else short, box, skip[1 if version else 0])
