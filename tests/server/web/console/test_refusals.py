from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

import server
from server.web.console.refusals import REFUSALS, refusal_words

CODE = re.compile(r'Refused\(\s*"([a-z_]+)"')
CHINESE = {"Accept-Language": "zh-CN"}


def codes_of_uploads() -> set[str]:
    """Every code with which some code refuses a file."""
    folders = (Path(server.__file__).parent / "creatives" / name for name in ("probe", "uploads"))
    paths = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    return {code for path in paths for code in CODE.findall(path.read_text(encoding="utf-8"))}


def test_every_refusal_of_a_file_can_be_said_in_another_language() -> None:
    codes = codes_of_uploads()
    assert {"too_large", "too_short", "dolby_vision"} <= codes
    assert codes <= set(REFUSALS)


def test_in_english_the_answer_of_the_media_process_stays(speaking: Flask) -> None:
    with speaking.test_request_context():
        assert refusal_words() == {}


def test_in_chinese_every_reason_is_replaced(speaking: Flask) -> None:
    with speaking.test_request_context(headers=CHINESE):
        words = refusal_words()
    assert words.keys() == REFUSALS.keys()
    assert [code for code, text in words.items() if text.isascii()] == []
