"""Names and other words that people or boxes give us, checked once."""

from __future__ import annotations

import re
import unicodedata

from media.characters import is_visible, is_writing
from server.errors import Invalid

# Signs between the parts of a line that a person types, in English and in Chinese.
COMMAS = re.compile("[,;\uff0c\uff1b\u3001]")
COMMAS_OR_BLANKS = re.compile(f"{COMMAS.pattern}|\\s")


class BadText(Invalid):
    """This text cannot be used. Give visible characters only, and fewer of them."""


def read_text(given: object, subject: str, *, most: int, least: int = 0) -> str:
    """The text without blanks around it; refused when too short, too long, or with characters that cannot be shown."""
    text = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in str(given)).strip()
    if not least <= len(text) <= most:
        raise BadText(f"{subject} has {len(text)} characters.", remedy=f"Give {least} to {most} characters.")
    if text and not (all(map(is_writing, text)) and any(map(is_visible, text))):
        raise BadText(f"{subject} holds characters that cannot be shown.", remedy="Type it again without them.")
    return text
