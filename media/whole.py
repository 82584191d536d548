"""Is the end of the file there? For the containers whose reader does not say so when it is missing."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

TAIL = 70_000  # an Ogg page holds at most 65,307 bytes
OGG_LAST_PAGE = 4
BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def is_whole(path: Path) -> bool:
    """False when the container's own marks tell that its end is missing; True when nothing speaks against it."""
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF":
            return _riff_is_whole(head, os.fstat(file.fileno()).st_size)
        if head[:4] == b"OggS":
            return _ogg_is_whole(_tail(file))
        if head[:4] == b"GIF8":
            return _tail(file).rstrip(b"\0").endswith(b";")
        if head[4:8] in BOXES:
            return _boxes_are_whole(file)
    return True


def _riff_is_whole(head: bytes, size: int) -> bool:
    """WAV and AVI name their length at the start; 0 and all ones mean that the writer did not know it."""
    told = int.from_bytes(head[4:8], "little")
    return told in (0, 0xFFFFFFFF) or told + 8 <= size + 1


def _ogg_is_whole(tail: bytes) -> bool:
    """The last page is complete, and carries the mark of an end."""
    page = tail.rfind(b"OggS")
    if page < 0 or len(tail) < page + 27:
        return False
    segments = tail[page + 26]
    table = tail[page + 27 : page + 27 + segments]
    ends = page + 27 + segments + sum(table)
    return bool(tail[page + 5] & OGG_LAST_PAGE) and len(table) == segments and ends <= len(tail)


def _boxes_are_whole(file: BinaryIO) -> bool:
    """MP4 and MOV are boxes in a row, each with its length: none may reach past the end."""
    end, at = os.fstat(file.fileno()).st_size, 0
    while at + 8 <= end:
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size == 0:
            return True
        if size < 8:
            return False
        at += size
    return at <= end


def _tail(file: BinaryIO) -> bytes:
    file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL))
    return file.read()
