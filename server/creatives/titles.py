"""Titles: what a creative is called in the console, and what people at the screen read on their phones."""

from __future__ import annotations

import re

from server.creatives.models import Creative

# Words of a file's name that are about the file: its size, its version, its format.
ABOUT_FILES = re.compile(
    r"""(?ix) (?<!\w) (?:
      \d{3,4}\s?[x×]\s?\d{3,4} | \d{3,4}[pi] | [248]k | u?hd | fhd | \d{2,3}\s?fps
      | v(?:er(?:sion)?)?[ .]?\d+(?:\.\d+)* | final | copy | draft | export(?:ed)? | h\.?26[45] | hevc | prores
      | mp4 | mov | jpe?g | png | gif | webm
      | \(\d+\)
    ) (?!\w)"""
)


def phone_title(creative: Creative) -> str:
    """What phones show: what was typed for them; else the title, of an uploaded file without what is about the file."""
    if creative.phone_title or not creative.original_name:
        return creative.phone_title or creative.title
    return cleaned(creative.title) or creative.title


def cleaned(title: str) -> str:
    """`tea-house_1920x1080_final (2)` is `tea house`."""
    words = re.sub(r"[_]+|(?<=\w)-(?=\w)", " ", title)
    return " ".join(ABOUT_FILES.sub(" ", words).split()).strip(" -–·.,")
