"""Refused: a file or a text that cannot be used, with the reason and what to do about it."""

from __future__ import annotations

# The formats that are accepted, as they are listed here, on the upload page and in server/README.md.
FILMS = "MP4, MOV, WebM, MKV, AVI, MPEG, WMV, FLV"
PICTURES = "JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP, GIF"
SOUNDS = "MP3, M4A, WAV, FLAC, OGG, Opus, AIFF, AMR, WMA"


class Refused(ValueError):
    """`code` is stable, for programs and translations; `message` and `remedy` are plain sentences."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy


def truncated() -> Refused:
    return Refused(
        "truncated",
        "The file is cut off: its end is missing.",
        "Export or download it again, wait until that has finished, and upload the new file.",
    )


def not_media() -> Refused:
    return Refused(
        "not_media",
        "The file is not a film, a picture or a sound, despite its name.",
        f"Upload a film ({FILMS}), a picture ({PICTURES}; animated too), sound ({SOUNDS}) or a PDF.",
    )


def too_long(duration_ms: int, most_s: int) -> Refused:
    return Refused(
        "too_long",
        f"It lasts {duration_ms // 1000} seconds, longer than the {most_s} allowed.",
        "Cut it shorter and upload it again; people wait for an elevator less than a minute.",
    )


def unreadable(what: str, *names: str) -> Refused:
    """`names`: what the file calls the format; the first that a person could look up is said."""
    name = next((name for name in names if name.isalnum() and name not in ("unknown", "none")), "")
    return Refused(
        "unreadable_codec",
        f"{what} is in a format{f' ({name})' if name else ''} that cannot be read here.",
        "Export it as MP4 with H.264 and AAC, without copy protection, and upload that.",
    )
