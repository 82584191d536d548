"""The texts that a scanner or a person may have meant on a keyboard of another layout. Pure.

A scanner acts as a keyboard: it presses the keys of a US layout. On a computer that is set to another one, other
characters arrive. On a French keyboard the digits need Shift, which people forget and scanners do not press.
"""

from __future__ import annotations

import re

from server.typed import normalized, without_separators

MISREAD = str.maketrans("OIL\u0130", "0111")  # the last is a Turkish keyboard's i in upper case
FRENCH_DIGITS = str.maketrans("&É\"'(È_ÇÀ§!", "12345789068")  # § and ! are 6 and 8 in Belgium
FRENCH_SIGNS = frozenset("&É\"'(È_ÇÀ§!")
FRENCH_LETTERS = str.maketrans("QAWZ,?", "AQZWMM")
GROUPS = re.compile("^(.{4})6(.{4})6(.{4})6")
GERMAN_LETTERS = str.maketrans("YZ", "ZY")


def plain_symbols(text: str) -> str:
    """Upper case, no spaces or dashes, O read as 0, I and L as 1."""
    return without_separators(normalized(text)).translate(MISREAD)


def possible_texts(typed: str) -> list[str]:
    """Each possible text, without spaces and dashes, the likeliest first."""
    texts = [plain_symbols(typed)]
    keys = normalized(typed)
    if FRENCH_SIGNS & set(keys):
        texts += _french_texts(keys)
    texts.append(texts[0].translate(GERMAN_LETTERS))
    return list(dict.fromkeys(texts))


def _french_texts(keys: str) -> list[str]:
    """Readings on a French keyboard: of a person, who may type the dashes between groups, and of a scanner, whose
    letters moved as well.

    On that keyboard the dash and the 6 without Shift are one key.
    """
    pressed = without_separators(keys.replace("-", "6").translate(FRENCH_DIGITS))
    ungrouped = GROUPS.sub(r"\1\2\3", pressed)
    return [ungrouped.translate(MISREAD), pressed.translate(MISREAD), pressed.translate(FRENCH_LETTERS)]
