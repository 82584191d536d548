"""Words for the states and numbers that pages show."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from media.wire.status import FaultKind, HotspotCounts
from server.campaigns.models import Campaign, GoalKind
from server.screens.health import FAULT_CODES, Trouble
from server.screens.hotspots import HotspotDay, Limit
from server.screens.models import HotspotHour
from server.web.console.words import (
    age_words,
    goal_words,
    hotspot_limit_words,
    trouble_words,
    venue_type,
    venue_types,
)
from tests.factories import NOON

CHINESE = {"Accept-Language": "zh-CN"}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (47 * 3600, "47 h ago"),
        (48 * 3600, "2 days ago"),
        (10**8, "1157 days ago"),
    ],
)
def test_an_age_is_in_the_largest_unit_that_fills_one(speaking: Flask, seconds: float, words: str) -> None:
    with speaking.test_request_context():
        assert age_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("kind", "goal", "words"),
    [
        (GoalKind.SHARE, 12.5, "12.5 %"),
        (GoalKind.SHARE, 20.0, "20 %"),
        (GoalKind.PLAYS_PER_DAY, 300, "300 a day"),
        (GoalKind.PLAYS, 12_000, "12,000 plays"),
        (GoalKind.IMPRESSIONS, 250_000, "250,000 impressions"),
        (GoalKind.TAKEOVER, 0, "Takeover"),
    ],
)
def test_a_goal_is_said_in_its_own_unit(speaking: Flask, kind: GoalKind, goal: float, words: str) -> None:
    with speaking.test_request_context():
        assert goal_words(Campaign(goal_kind=kind, goal=goal)) == words


# Each with the facts that its sentence needs.
TROUBLES: dict[str, dict[str, Any]] = {
    **{code: {} for code in ("never_enrolled", "never_seen", "last_seen", "clone", "no_timeline", "clock_untrusted")},
    **{code: {} for code in ("nothing_to_show", "shows_nothing", "x_server", "display_process")},
    "display": {"reason": "it ended."},
    "journal": {"reason": "the disk is full"},
    "item_failed": {"title": "茶 %(x)s", "reason": ""},
    "files_missing": {"missing": 1, "all": 7},
    "reported_black": {"phones": 1, "age": timedelta(minutes=2)},
    "reported_frozen": {"phones": 3, "age": timedelta(0)},
}


@pytest.mark.parametrize("code", sorted(TROUBLES))
def test_every_trouble_of_a_screen_is_said_with_its_remedy_in_both_languages(speaking: Flask, code: str) -> None:
    said = []
    for headers in ({}, CHINESE):
        with speaking.test_request_context(headers=headers):
            said.append(trouble_words(Trouble(code, TROUBLES[code])))
    (english, remedy), (chinese, chinese_remedy) = said
    assert english != code
    assert remedy
    assert not chinese.isascii()
    assert not chinese_remedy.isascii()


def test_no_trouble_of_a_player_is_without_words() -> None:
    assert FAULT_CODES.keys() == set(FaultKind)
    assert set(FAULT_CODES.values()) <= TROUBLES.keys()


def test_facts_that_are_missing_or_odd_break_no_sentence(speaking: Flask) -> None:
    with speaking.test_request_context():
        assert trouble_words(Trouble("files_missing"))[0] == "0 of 0 files are missing."
        assert "“茶 %(x)s” cannot be shown: ." in trouble_words(Trouble("item_failed", TROUBLES["item_failed"]))[0]
        assert trouble_words(Trouble("of tomorrow")) == ("of tomorrow", "")


def hotspot(*, places: int, present: int, most: int = 0, refusals: int = 0) -> HotspotDay:
    hour = HotspotHour(screen_id="s", starts_at=NOON, present_most=most, refusals=refusals)
    return HotspotDay(HotspotCounts(most_phones=places, present=present), age_s=0, silent=False, hours=(hour,))


@pytest.mark.parametrize(
    ("day", "limit", "words"),
    [
        (hotspot(places=8, present=8, refusals=1), Limit.REFUSED, "1 phone found no place today."),
        (hotspot(places=8, present=8), Limit.FULL, "All 8 places are taken."),
        (hotspot(places=8, present=1, most=8), Limit.NEARLY_FULL, "8 of 8 were taken at one time today."),
        (hotspot(places=200, present=1, most=60), Limit.RADIO, "The plan has 200 places, and 60 phones were here"),
        (hotspot(places=8, present=1), None, "The plan has 8 places, and 0 phones were here"),
    ],
)
def test_each_limit_of_a_hotspot_has_words_and_a_remedy(
    speaking: Flask, day: HotspotDay, limit: Limit | None, words: str
) -> None:
    assert day.limit is limit
    with speaking.test_request_context():
        text, remedy = hotspot_limit_words(day)
    assert words in text
    assert "use a USB radio" in remedy


def test_venue_types_are_in_the_language_of_the_page(speaking: Flask) -> None:
    with speaking.test_request_context():
        english = dict(venue_types())
        assert venue_type(7) == "7", "one that is not in the list"
    with speaking.test_request_context(headers=CHINESE):
        chinese = dict(venue_types())
    assert english.keys() == chinese.keys()
    assert not any(name.isascii() for name in chinese.values())
