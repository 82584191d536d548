from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

import player.display
from server.web.console.player_words import REASONS, player_words

SAID = re.compile(r'(?:_fail\(slot, |_death\(|Death\(|_on_failed\(id, at_ns, |why=)f?"([^"]+)"')


def reasons() -> set[str]:
    """The texts that the player's display may report, with a number in the place of each detail."""
    files = (Path(player.display.__file__).with_name(name) for name in ("vlc_child.py", "vlc_display.py"))
    said = {reason for file in files for reason in SAID.findall(file.read_text(encoding="utf-8"))}
    return {re.sub(r"{[^}]*}", "7", reason) for reason in said}


def test_every_reason_of_the_display_is_said_in_chinese(app: Flask) -> None:
    assert len(reasons()) >= len(REASONS) - 1
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        assert [reason for reason in reasons() if player_words(reason).isascii()] == []
        assert player_words("VLC drew nothing within 7 s") == "VLC 在 7 秒内没有画面"


@pytest.mark.parametrize("reason", ["VLC drew nothing within 7 s", "the panel is on fire", "100 % (broken)", ""])
def test_a_reason_in_english_or_an_unknown_one_stays_as_it_is(app: Flask, reason: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert player_words(reason) == reason
