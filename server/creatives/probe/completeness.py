"""Whether the end of a file is there. Only the container's own structure is trusted, never a length that a header
states.

Headers are often wrong in files that play well: a recorder that was stopped, an editor that left the old value. A box
or page that begins and does not end is the proof that something is missing. Bytes after the end prove nothing.

MPEG streams (TS, PS) and bare AAC and AC-3 are packets in a row without an end: a cut cannot be seen.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

TAIL = 70_000  # an Ogg page holds at most 65,307 bytes
INDEX_BOXES = (b"moov", b"meta")
FILM_BOXES = (*INDEX_BOXES, b"mdat", b"moof")
FIRST_BOXES = (*FILM_BOXES, b"ftyp", b"styp", b"wide", b"free", b"skip", b"pnot", b"uuid")
NOT_KNOWN = 0x7FFF_0000  # writers that cannot go back put the largest number they know, or nearly so
EBML, SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
FLV_TAGS = (8, 9, 18)
ASF, ASF_DATA = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
ASF_DATA_HEAD = 50  # a writer that cannot go back names no more than that
MOST_STEPS = 1_000_000  # blocks that are looked at: as many as a GIF of 250 MB has, in a second or two
GIF_IMAGE, GIF_EXTENSION, GIF_END = 0x2C, 0x21, 0x3B


def is_whole(path: Path) -> bool | None:
    """False when the file's structure breaks off; None where it does not show, or not soon."""
    with path.open("rb") as file, suppress(TooManySteps):
        head, size = file.read(16), os.fstat(file.fileno()).st_size
        return next((check(file, size) for is_kind, check in CHECKS if is_kind(head)), None)
    return None


class TooManySteps(Exception):
    """The file has more blocks than are looked at."""


def _steps() -> Iterator[int]:
    """So many may be taken, then it raises TooManySteps."""
    yield from range(MOST_STEPS)
    raise TooManySteps


def _riff_is_whole(file: BinaryIO, size: int) -> bool:
    """WAV, AVI and WebP name their length at the start."""
    length = int.from_bytes(_at(file, 4, 4), "little")
    return length == 0 or length >= NOT_KNOWN or length + 8 <= size + 1


def _form_is_whole(file: BinaryIO, size: int) -> bool:
    """AIFF, the same with the largest byte first."""
    length = int.from_bytes(_at(file, 4, 4), "big")
    return length == 0 or length >= NOT_KNOWN or length + 8 <= size + 1


def _ogg_is_whole(file: BinaryIO, size: int) -> bool:
    """The last page is complete. The mark of the last page is not required: recorders leave it out."""
    tail = _at(file, max(0, size - TAIL), TAIL)
    page = tail.rfind(b"OggS")
    if page < 0 or len(tail) < page + 27:
        return False
    segments = tail[page + 26]
    table = tail[page + 27 : page + 27 + segments]
    return len(table) == segments and page + 27 + segments + sum(table) <= len(tail)


def _boxes_are_whole(file: BinaryIO, size: int) -> bool:
    """MP4, MOV, HEIC and AVIF are boxes in a row, each with its length; after a complete film anything may follow."""
    at, indexed, steps = 0, False, _steps()
    while at + 8 <= size:
        next(steps)
        head = _at(file, at, 16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length == 0 and kind in FILM_BOXES:
            return True  # the last box may leave its length out
        if length < 8 or at + length > size:
            return indexed and kind not in FILM_BOXES
        indexed = indexed or kind in INDEX_BOXES
        at += length
    return True


def _ebml_is_whole(file: BinaryIO, size: int) -> bool:
    """Matroska and WebM: one header, one segment with its length, or with all ones where the writer never knew it."""
    header, start = _ebml_number(_at(file, 4, 8))
    segment = 4 + start + header
    if _at(file, segment, 4) != SEGMENT:
        return True
    length, width = _ebml_number(_at(file, segment + 4, 8))
    return length == (1 << 7 * width) - 1 or segment + 4 + width + length <= size


def _ebml_number(data: bytes) -> tuple[int, int]:
    """A number and how many bytes it takes: the zeros before the first one give the count."""
    width = 9 - (data[0] if data else 0x80).bit_length()
    return int.from_bytes(data[:width], "big") & ((1 << 7 * width) - 1), width


def _flv_is_whole(file: BinaryIO, size: int) -> bool:
    """Each tag is followed by its own length: so is the last."""
    length = int.from_bytes(_at(file, size - 4, 4), "big")
    tag = _at(file, size - 4 - length, 4) if 11 <= length < size else b""
    return bool(tag) and tag[0] & 0x1F in FLV_TAGS and int.from_bytes(tag[1:4], "big") + 11 == length


def _asf_is_whole(file: BinaryIO, size: int) -> bool:
    """WMV and WMA are objects in a row, each with its length; an index may follow the data, or be missing."""
    at, steps = 0, _steps()
    while at + 24 <= size:
        next(steps)
        head = _at(file, at, 24)
        length = int.from_bytes(head[16:], "little")
        if head[:16] == ASF_DATA:
            return length <= ASF_DATA_HEAD or at + length <= size
        at += max(length, 24)
    return False


def _caf_is_whole(file: BinaryIO, size: int) -> bool:
    """Chunks in a row, each with its length; that of the sound may be left out."""
    at, steps = 8, _steps()
    while at + 12 <= size:
        next(steps)
        head = _at(file, at, 12)
        length = int.from_bytes(head[4:], "big", signed=True)
        if head[:4] == b"data":
            return length < 0 or at + 12 + length <= size
        at += 12 + max(length, 0)
    return False


def _gif_is_whole(file: BinaryIO, size: int) -> bool:
    """Walk the blocks to the mark of the end."""
    flags = _at(file, 10, 1)
    at, steps = 13 + _gif_colours(flags), _steps()
    while at < size:
        next(steps)
        kind = _at(file, at, 1)[0]
        if kind == GIF_END:
            return True
        if kind == GIF_IMAGE:
            at = _after_gif_blocks(file, at + 11 + _gif_colours(_at(file, at + 9, 1)), steps)
        elif kind == GIF_EXTENSION:
            at = _after_gif_blocks(file, at + 2, steps)
        else:
            at += 1  # padding between blocks
    return False


def _gif_colours(flags: bytes) -> int:
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 0x80 else 0


def _after_gif_blocks(file: BinaryIO, at: int, steps: Iterator[int]) -> int:
    file.seek(at)
    while length := file.read(1):
        next(steps)
        if length == b"\0":
            break
        file.seek(length[0], os.SEEK_CUR)
    return file.tell()


def _png_is_whole(file: BinaryIO, size: int) -> bool:
    """Walk the chunks to the last, IEND."""
    at, steps = 8, _steps()
    while at + 12 <= size:
        next(steps)
        head = _at(file, at, 8)
        if head[4:] == b"IEND":
            return True
        at += 12 + int.from_bytes(head[:4], "big")
    return False


def _jpeg_is_whole(file: BinaryIO, _size: int) -> bool:
    """The mark of the end cannot occur within pixels. Phones write whole films after it."""
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.rfind(b"\xff\xd9") >= 0


def _bmp_is_whole(file: BinaryIO, size: int) -> bool:
    return int.from_bytes(_at(file, 2, 4), "little") <= size


def _at(file: BinaryIO, at: int, length: int) -> bytes:
    file.seek(max(0, at))
    return file.read(length)


CHECKS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, int], bool]], ...] = (
    (lambda head: head[:4] == b"RIFF", _riff_is_whole),
    (lambda head: head[:4] == b"FORM", _form_is_whole),
    (lambda head: head[:4] == b"OggS", _ogg_is_whole),
    (lambda head: head[:4] == b"GIF8", _gif_is_whole),
    (lambda head: head[:8] == b"\x89PNG\r\n\x1a\n", _png_is_whole),
    (lambda head: head[:3] == b"\xff\xd8\xff", _jpeg_is_whole),
    (lambda head: head[:2] == b"BM" and head[6:10] == bytes(4), _bmp_is_whole),
    (lambda head: head[:4] == EBML, _ebml_is_whole),
    (lambda head: head[:3] == b"FLV", _flv_is_whole),
    (lambda head: head == ASF, _asf_is_whole),
    (lambda head: head[:4] == b"caff", _caf_is_whole),
    (lambda head: head[4:8] in FIRST_BOXES, _boxes_are_whole),
)
