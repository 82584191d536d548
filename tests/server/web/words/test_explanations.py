"""Reasons as sentences: every code has one in both languages, with any facts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, get_args

import pytest
from flask import Flask

from server.db import to_ms
from server.planner.explain.facts import Code, Explained, Reason, Seen
from server.planner.model.allotments import Why
from server.timelines.published.explain import ScreenExplanation
from server.web.words.explanations import SHORT, Words, why_not, why_plays, words_of

AT = to_ms(datetime(2026, 3, 2, 4, tzinfo=UTC))  # noon in Shanghai
HOUR = 3_600_000
CODES = sorted(get_args(Code))
THAT_PLAY = ("spot", "notice", "house", "nothing", "off", "interrupt", "override", "outside")
CHINESE = {"Accept-Language": "zh-CN"}
WORDS = Words(AT, "Asia/Shanghai", {"mine": "Spring 春"})


def explanation(reason: Reason, why: str = "") -> ScreenExplanation:
    return ScreenExplanation(
        Explained(plays=reason, others=()),
        Seen("spot", "item", AT, None),
        title="",
        campaign=None,
        zone="Asia/Shanghai",
        names={"mine": "Spring 春", "theirs": "Secret"},
        advertisers={"mine": "me", "theirs": "them"},
        why=why,
    )


def reason(code: Any, **facts: Any) -> Reason:
    return Reason(code, **{"other": "mine", "had": 3, "owed": 5, "at_ms": AT + HOUR, **facts})


def plays(reason: Reason, why: str = "") -> str:
    return why_plays(reason, WORDS, explanation(reason, why))


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("facts", [{}, {"at_ms": None, "owed": 0}, {"from_ms": AT, "until_ms": AT + HOUR}])
def test_every_reason_is_a_sentence_in_both_languages(speaking: Flask, code: str, facts: dict[str, Any]) -> None:
    say = plays if code in THAT_PLAY else lambda reason: why_not(reason, WORDS)
    given = reason(code, **({"on": date(2026, 3, 9)} if "flight" in code else {}), **facts)
    with speaking.test_request_context():
        english = say(given)
    with speaking.test_request_context(headers=CHINESE):
        chinese = say(given)
    assert english.endswith(".")
    assert not chinese.replace("春", "").isascii()
    assert "%(" not in english + chinese


def test_a_spot_says_which_of_how_many_it_is_and_by_when_it_was_due(speaking: Flask) -> None:
    with speaking.test_request_context():
        owed = plays(reason("spot", from_ms=AT, until_ms=AT + 2 * HOUR))
        assert (
            owed == "It is a spot of Spring 春: number 3 of the 5 that it is owed here in 12:00–14:00, due by 13:00:00."
        )
        assert plays(reason("spot", had=6)).endswith("from a plan that was changed since.")
        assert plays(reason("spot", other="theirs")) == "It is a spot of another campaign."


def test_an_emergency_is_until_it_is_lifted_or_until_its_end(speaking: Flask) -> None:
    with speaking.test_request_context():
        assert plays(reason("interrupt", from_ms=AT)).endswith("at 12:00:00, until it is lifted.")
        assert plays(reason("interrupt", from_ms=AT, until_ms=AT + HOUR)).endswith("from 12:00:00 until 13:00:00.")
        assert plays(reason("override", from_ms=AT), "the box updates itself.").endswith(": the box updates itself.")


@pytest.mark.parametrize("why", sorted(get_args(Why)))
def test_a_shortfall_is_said_with_its_cause(speaking: Flask, why: str) -> None:
    with speaking.test_request_context():
        text = why_not(reason("short", why=why), WORDS)
        assert text.endswith(f"3 of the 5 spots that it needs here on this day: {SHORT[why]()}.")


def test_a_time_of_another_day_has_its_date_and_an_unknown_one_says_so(speaking: Flask) -> None:
    with speaking.test_request_context():
        assert WORDS.when(AT + 11 * HOUR) == "23:00:00"
        assert WORDS.when(AT + 12 * HOUR) == "2026-03-03 00:00:00"
        assert WORDS.when(None) == "a day that is not planned yet"
        assert WORDS.span(Reason("turn", from_ms=AT)) == "the day"


@pytest.mark.parametrize(("reader", "names"), [(None, {"mine", "theirs"}), ("me", {"mine"}), ("nobody", set())])
def test_an_advertiser_reads_no_name_of_another(speaking: Flask, reader: str | None, names: set[str]) -> None:
    words = words_of(explanation(reason("house")), AT, advertiser_id=reader)
    assert words.names.keys() == names
    with speaking.test_request_context():
        assert words.name("no such campaign") == "another campaign"
