"""Probe a file by its content, never by its name; a file that cannot be used is refused with a remedy."""

from __future__ import annotations

from pathlib import Path

from media.refused import Refused
from server.creatives.probe.animations import measure_turn
from server.creatives.probe.films import probe_film
from server.creatives.probe.found import Found, Limits
from server.creatives.probe.pictures import PictureHead, open_picture, read_head

THINNEST = 100  # the longer side against the shorter


def probe(path: Path, limits: Limits) -> Found:
    """Tell what the file is, or raise Refused."""
    size = path.stat().st_size
    _refuse_size(size, limits)
    head = read_head(path, max_pixels=limits.pixels)
    if head is None:
        return probe_film(path, size, limits)
    return (_probe_animation if head.moving else _probe_picture)(path, head, size, limits)


def _refuse_size(size: int, limits: Limits) -> None:
    if size == 0:
        raise empty_file()
    if size > limits.bytes:
        raise too_large(limits.bytes)


def empty_file() -> Refused:
    return Refused("empty_file", "The file is empty: 0 bytes.", "Choose the right file and upload it again.")


def too_large(most_bytes: int) -> Refused:
    return Refused(
        "too_large",
        f"The file is larger than the {_size_text(most_bytes)} allowed.",
        "Export it smaller (1920 × 1080 is enough for a screen) and upload that.",
    )


def _size_text(bytes_: int) -> str:
    """In whole megabytes from one on: what is left of a resumable upload may be less."""
    return f"{bytes_ >> 20} MB" if bytes_ >= 1 << 20 else f"{bytes_} bytes"


# --- pictures


def _probe_picture(path: Path, head: PictureHead, size: int, limits: Limits) -> Found:
    _refuse_thin(head)
    open_picture(path, max_pixels=limits.pixels)
    return Found("image", head.format.lower(), size, head.width, head.height, rotation=head.rotation)


def _probe_animation(path: Path, head: PictureHead, size: int, limits: Limits) -> Found:
    _refuse_thin(head)
    turn_ms = measure_turn(path, limits)
    return Found("video", head.format.lower(), size, head.width, head.height, turn_ms, loops=True)


def _refuse_thin(head: PictureHead) -> None:
    """Scaled to a screen, less than some twenty pixels would be left of it; to a list's thumb, less than three."""
    if max(head.width, head.height) > THINNEST * min(head.width, head.height):
        raise Refused(
            "too_thin",
            f"It has {head.width} × {head.height} pixels: on a screen only a thin line would be left of it.",
            "Cut out the part that people are to see, and upload that.",
        )
