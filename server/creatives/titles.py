"""Titles: a creative's name in the console, and the one that people at the screen read on their phones."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from server.creatives.accept import title_from
from server.creatives.models import Creative

# Words of a file's name that are about its format or version. Underscores part words here.
ABOUT_FILES = re.compile(
    r"""(?ix) (?<![^\W_]) (?:
      \d{3,4}\s?[x×]\s?\d{3,4} | \d{3,4}[pi] | [248]k | u?hd | fhd | \d{2,3}\s?fps
      | v(?:er(?:sion)?)?[ .]?\d+(?:\.\d+)* | h\.?26[45] | hevc | prores | mp4 | mov | jpe?g | png | gif | webm
      | \(\d+\)
    ) (?![^\W_])"""
)
# Words that may belong to a title: about the file only at its end, or after a separator.
STATES = r"(?:final|copy|draft|export(?:ed)?)(?![^\W_])"
ABOUT_STATES = re.compile(rf"(?i)(?<=[_-]){STATES}|(?<![^\W_])(?:{STATES}[\W_]*)+$")
PAGE = re.compile(r"( \(\d+/\d+\))?")


def phone_title(creative: Creative) -> str:
    """The title on phones: the one typed for them; else the console's, cleaned if it is a file's name."""
    if creative.phone_title or not _is_of_file(creative):
        return creative.phone_title or creative.title
    page = creative.title.removeprefix(title_from(creative.original_name))
    words = cleaned(PurePosixPath(creative.original_name).stem)
    return words + page if words else creative.title


def cleaned(stem: str) -> str:
    """`tea-house_1920x1080_final (2)` is `tea house`."""
    words = ABOUT_STATES.sub(" ", ABOUT_FILES.sub(" ", stem))
    words = re.sub(r"_+|(?<=\w)-(?=\w)", " ", words)
    return " ".join(words.split()).strip(" -–·.,")


def _is_of_file(creative: Creative) -> bool:
    """The title is the file's name; of a page of a PDF with its number."""
    named = title_from(creative.original_name)
    page = creative.title.removeprefix(named)
    return bool(creative.original_name) and creative.title.startswith(named) and PAGE.fullmatch(page) is not None
