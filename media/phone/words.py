"""The phone page's words in 中文 and English; the page's script reads the same file."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

Language = Literal["en", "zh"]
WORDS = Path(__file__).parent / "words.json"


class Say(Protocol):
    def __call__(self, word: str, **facts: object) -> str: ...


def say_in(language: Language, file: Path = WORDS) -> Say:
    """A function that says a word of the page in this language, facts filled in; with `file`, of another page."""
    words = _all(file)[language]

    def say(word: str, **facts: object) -> str:
        return words[word].format(**facts)

    return say


def has_word(word: str) -> bool:
    """Whether the phone's page has this word."""
    return word in _all(WORDS)["en"]


def clock_text(ms: int) -> str:
    """`0:07`, `12:30`: rounded up, so that nothing is due at 0:00."""
    minutes, seconds = divmod(max(math.ceil(ms / 1000), 0), 60)
    return f"{minutes}:{seconds:02d}"


def ago_text(say: Callable[..., str], ms: int) -> str:
    minutes = ms // 60_000
    return say("just_now") if minutes < 1 else say("minutes_ago", n=minutes)


@cache
def _all(file: Path) -> dict[str, dict[str, str]]:
    read: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    return read
