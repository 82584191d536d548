"""Translates the troubles that players report, which are in English, into the reader's language."""

from __future__ import annotations

import re

from server.web.words.language import say as _

REASONS = (
    "it cannot be read: %(detail)s",
    "it was not prepared, or another took its place",
    "it came so late that the next was shown before it",
    "VLC drew nothing within %(detail)s s",
    "VLC found no picture in it",
    "VLC could not play it",
    "it is too short for VLC to show: make it last 0.1 s or more",
    "its process cannot be started: %(detail)s",
    "it ended",
    "it was silent for %(detail)s s",
    "its film stood still for %(detail)s s",
    "plays cannot be written: %(detail)s",
)
DETAIL = "%(detail)s"


def player_words(reason: str) -> str:
    """The reason as the player said it where it is not known: the newest players say what others do not."""
    for known in REASONS:
        pattern = re.escape(known).replace(re.escape(DETAIL), "(?P<detail>.*)")
        if found := re.fullmatch(pattern, reason, re.DOTALL):
            return _(known, **found.groupdict())
    return reason
