"""Names and other words that people or boxes give us, checked once."""

from __future__ import annotations

import unicodedata

from server.errors import Invalid

# Invisible signs that a script needs: joiners (Persian words, family emoji), direction marks, and an emoji flag's tags.
JOINERS_AND_MARKS = frozenset("\u200c\u200d\u200e\u200f\u061c")
EMOJI_TAGS = range(0xE0020, 0xE0080)
INVISIBLE = frozenset(("Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"))


class BadText(Invalid):
    """This text cannot be used. Give visible characters only, and fewer of them."""


def read_text(given: object, what: str, *, most: int, least: int = 0) -> str:
    """The text without blanks around it; refused when too short, too long, or with characters that cannot be shown."""
    text = "".join(" " if unicodedata.category(sign) == "Zs" else sign for sign in str(given)).strip()
    if not least <= len(text) <= most:
        raise BadText(f"{what} has {len(text)} characters.", remedy=f"Give {least} to {most} characters.")
    if text and not (all(map(is_writing, text)) and any(map(is_visible, text))):
        raise BadText(f"{what} holds characters that cannot be shown.", remedy="Type it again without them.")
    return text


def is_writing(sign: str) -> bool:
    """Can be seen, or is needed by what can: no control character, and none that turns the direction of a line."""
    return sign == " " or is_visible(sign) or sign in JOINERS_AND_MARKS or ord(sign) in EMOJI_TAGS


def is_visible(sign: str) -> bool:
    """Letters and emoji that are newer than Python's tables count as visible: to those they are not assigned yet."""
    never_assigned = ord(sign) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(sign) <= 0xFDEF
    return unicodedata.category(sign) not in INVISIBLE and not never_assigned
