"""Refused: a file or a text that cannot be used, with the reason and what to do about it."""

from __future__ import annotations


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
        "Upload a film (MP4, MOV, WebM), a picture (JPEG, PNG, WebP, HEIC) or sound (MP3, M4A, WAV).",
    )
