"""The captive-portal API, as phones read it."""

from __future__ import annotations

import json

from player.portal.arrival.captive_api import MOST_CHARACTERS, Access, describe_access

URLS = {"portal_url": "https://abcdef.box.example.org/", "venue_url": "https://abcdef.box.example.org/now"}


def test_a_phone_that_has_not_joined_is_captive_and_reads_no_session() -> None:
    assert json.loads(describe_access(None, **URLS)) == {
        "captive": True,
        "user-portal-url": URLS["portal_url"],
        "venue-info-url": URLS["venue_url"],
        "x-android-use-custom-tabs": 361335020,
    }


def test_a_phone_that_has_joined_reads_what_it_has_left() -> None:
    members = json.loads(describe_access(Access(1200, 5_000_000), **URLS))
    assert members["captive"] is False
    assert members["can-extend-session"] is True
    assert (members["seconds-remaining"], members["bytes-remaining"]) == (1200, 5_000_000)


def test_a_phone_that_had_its_visits_of_today_reads_that_it_cannot_extend() -> None:
    assert json.loads(describe_access(Access(1200, 5, can_extend=False), **URLS))["can-extend-session"] is False


def test_a_used_up_allowance_is_zero_and_never_less() -> None:
    members = json.loads(describe_access(Access(-1, -70_000), **URLS))
    assert (members["seconds-remaining"], members["bytes-remaining"]) == (0, 0)


def test_android_takes_the_answer() -> None:
    assert len(describe_access(Access(10**9, 10**12), **URLS)) < MOST_CHARACTERS
