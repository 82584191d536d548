"""Normalize codes that people and scanners type with any keyboard or input method. Pure."""

from __future__ import annotations

import unicodedata

SEPARATORS = frozenset("_.\u00b7\u2212\u30fc")  # the last two are the minus sign and a Japanese keyboard's dash
SEPARATING = frozenset(("Pd", "Zs", "Cc", "Cf"))  # Unicode's dashes, spaces, line ends and invisible characters


def normalized(text: str) -> str:
    """Upper case, full-width letters and other scripts' digits as ordinary ones."""
    dashed = text.replace("ß", "-")  # a US keyboard's dash on a German one; in upper case it would become two letters
    upper = unicodedata.normalize("NFKC", dashed).upper()
    return "".join(str(unicodedata.decimal(character, character)) for character in upper)


def without_separators(text: str) -> str:
    return "".join(character for character in text if not _separates(character))


def _separates(character: str) -> bool:
    return character in SEPARATORS or unicodedata.category(character) in SEPARATING
