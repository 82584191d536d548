from __future__ import annotations

import json
from pathlib import Path
from string import Formatter

import pytest

from media.phone.words import WORDS, ago_text, clock_text, has_word, say_in


def facts_of(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def test_both_languages_have_the_same_words_with_the_same_facts() -> None:
    words = json.loads(WORDS.read_text(encoding="utf-8"))
    en, zh = ({word: facts_of(text) for word, text in words[language].items()} for language in ("en", "zh"))
    assert en == zh


def test_facts_are_filled_in() -> None:
    assert say_in("en")("minutes_ago", n=5) != say_in("en")("minutes_ago", n=6)
    assert "5" in say_in("zh")("minutes_ago", n=5)


def test_a_word_that_a_page_does_not_have_is_a_fault_and_not_an_empty_line(tmp_path: Path) -> None:
    (tmp_path / "words.json").write_text('{"en": {"hello": "Hello, {name}"}}', encoding="utf-8")
    say = say_in("en", tmp_path / "words.json")
    assert say("hello", name="Ann") == "Hello, Ann"
    with pytest.raises(KeyError):
        say("goodbye")
    assert (has_word("minutes_ago"), has_word("hello")) == (True, False)


@pytest.mark.parametrize(
    ("ms", "text"), [(0, "0:00"), (1, "0:01"), (7000, "0:07"), (59_001, "1:00"), (750_000, "12:30"), (-5, "0:00")]
)
def test_a_time_that_is_left_is_rounded_up(ms: int, text: str) -> None:
    assert clock_text(ms) == text


@pytest.mark.parametrize(("ms", "text"), [(59_999, "just_now"), (60_000, "minutes_ago 1"), (179_999, "minutes_ago 2")])
def test_a_time_that_is_over_is_said_in_whole_minutes(ms: int, text: str) -> None:
    assert ago_text(lambda word, **facts: " ".join([word, *map(str, facts.values())]), ms) == text
