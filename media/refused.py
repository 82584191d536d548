"""Refused: a file or a text that cannot be used, with the reason and what to do about it."""

from __future__ import annotations

# What is taken, wherever people are told: here, on the upload page and in the README.
FILMS = "MP4, MOV, WebM, MKV, AVI, MPEG, WMV, FLV, animated GIF or PNG"
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
        "The file is neither a film, a picture nor sound, whatever its name says.",
        f"Upload a film ({FILMS}), a picture ({PICTURES}), sound ({SOUNDS}) or a PDF.",
    )
