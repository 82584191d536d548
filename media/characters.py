"""Which characters of a text can be shown, and a text that is made fit for showing."""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import islice
from typing import Any

# Invisible signs that a script needs: joiners (Persian words, family emoji), direction marks, and an emoji flag's tags.
JOINERS_AND_MARKS = frozenset("\u200c\u200d\u200e\u200f\u061c")
EMOJI_TAGS = range(0xE0020, 0xE0080)
INVISIBLE = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"))
SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def is_writing(sign: str) -> bool:
    """Can be seen, or is needed by what can: no control character, and none that turns the direction of a line."""
    return sign == " " or is_visible(sign) or sign in JOINERS_AND_MARKS or ord(sign) in EMOJI_TAGS


def is_visible(sign: str) -> bool:
    """Letters and emoji that are newer than Python's tables count as visible: to those they are not assigned yet."""
    never_assigned = ord(sign) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(sign) <= 0xFDEF
    return unicodedata.category(sign) not in INVISIBLE and not never_assigned


def clean_text(text: str, most: int) -> str:
    """At most so many characters of a text that no person typed: an error's message, a file's name.

    Blanks and line ends become spaces; what cannot be shown, or would turn the direction of a line, is left out.
    """
    text = text[: most * 4]  # what is left out does not count, within reason
    if text.isascii() and text.isprintable():
        return text[:most]
    spaced = "".join(" " if sign.isspace() else sign for sign in without_surrogates(text))
    return "".join(filter(is_writing, spaced))[:most]


def clean_json(value: Any, *, chars: int, items: int) -> Any:
    """The same value with every text and name clean, every list and object short, and no number that is none."""
    if isinstance(value, str):
        return clean_text(value, chars)
    if isinstance(value, dict):
        first = islice(value.items(), items)
        return {clean_text(name, chars): clean_json(inner, chars=chars, items=items) for name, inner in first}
    if isinstance(value, list):
        return [clean_json(inner, chars=chars, items=items) for inner in value[:items]]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def without_surrogates(text: str) -> str:
    """Half of a surrogate pair stands for no character, and no encoding can write it."""
    return SURROGATE.sub(REPLACEMENT, text)
