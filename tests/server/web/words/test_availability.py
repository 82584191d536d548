from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from server.campaigns.availability_messages import AvailabilityAnswer
from server.campaigns.models import GoalKind
from server.web.words.availability import fitting_words, free_words

CHINESE = {"Accept-Language": "zh-CN"}


def answer(kind: GoalKind = GoalKind.PLAYS, **more: Any) -> AvailabilityAnswer:
    facts = {"screens": 3, "asked": 12_000, "free": 1000, "fits": False, "exact": True, "tight_on": date(2026, 3, 2)}
    return AvailabilityAnswer(revision=1, goal_kind=kind, **{**facts, **more})


@pytest.mark.parametrize("kind", list(GoalKind))
@pytest.mark.parametrize("screens", [1, 3, 100_000])
@pytest.mark.parametrize("fits", [False, True])
def test_every_goal_has_its_own_sentence_in_both_languages(
    speaking: Flask, kind: GoalKind, screens: int, fits: bool
) -> None:
    given = answer(kind, screens=screens, fits=fits)
    with speaking.test_request_context():
        english = free_words(given)
    with speaking.test_request_context(headers=CHINESE):
        chinese = free_words(given)
    assert english.endswith(".")
    assert ("screens" in english) == (screens != 1)
    assert not chinese.isascii()
    assert "%(" not in english + chinese


def test_numbers_are_written_as_people_read_them(speaking: Flask) -> None:
    with speaking.test_request_context():
        plays = free_words(answer())
        share = free_words(answer(GoalKind.SHARE, free=12.34, asked=20.0))
    assert plays == "These 3 screens have 1,000 free plays in that flight; you ask for 12,000."
    assert "12.3 percent free on Mar 2, 2026; you ask for 20." in share


def test_where_no_screen_plays_nothing_is_free(speaking: Flask) -> None:
    with speaking.test_request_context():
        assert free_words(answer(screens=0)) == "None of these screens plays in these hours."
        assert free_words(answer(screens=0, fits=True)) == "None of these screens plays in these hours."


@pytest.mark.parametrize(
    ("nearest", "words"),
    [
        (
            {"nearest": 900, "nearest_end": date(2026, 4, 1)},
            "Ask for 900 at the most, or let the flight end on Apr 1, 2026.",
        ),
        ({"nearest": 0.25}, "Ask for 0.2 at the most, or choose other screens or days."),
        ({"nearest_end": date(2026, 4, 1)}, "Let the flight end on Apr 1, 2026, or choose other screens."),
        ({}, "Ask for less, choose more screens, hours or days, or another flight."),
    ],
)
def test_the_nearest_booking_that_fits_is_named(speaking: Flask, nearest: dict[str, Any], words: str) -> None:
    with speaking.test_request_context():
        assert fitting_words(answer(**nearest)) == words
