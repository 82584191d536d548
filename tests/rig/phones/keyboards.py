"""The text on a computer whose keyboard has another layout than the person who presses its keys thinks."""

from __future__ import annotations

GERMAN = str.maketrans("YZyz-", "ZYzyß")
FRENCH_DIGITS = str.maketrans("1234567890", "&é\"'(-è_çà")
FRENCH_LETTERS = str.maketrans("QAZWMqazwm", "AQWZ?aqwz,")


def german(text: str) -> str:
    """A US scanner, or a German's fingers on a US layout."""
    return text.translate(GERMAN)


def french_person(text: str) -> str:
    """The right letters; no Shift for the digits."""
    return text.translate(FRENCH_DIGITS)


def french_scanner(text: str) -> str:
    """The keys of a US layout, digits and letters."""
    return text.translate(FRENCH_DIGITS).translate(FRENCH_LETTERS)
