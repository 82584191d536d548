"""The one class by which console, operator API and box check a hotspot's plan, and its message.

Covers: media.wire.hotspot
"""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from media.hotspot_plan import CHANNELS, COUNTRIES, PROBE_NAMES, VenueHotspotPlan, hides_portal
from media.wire.hotspot import digest_of


def plan(**fields: Any) -> VenueHotspotPlan:
    return VenueHotspotPlan.model_validate({"ssid": "Lobby", "country": "DE", **fields})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"ssid": "x" * 33}, "at most 32 characters"),
        ({"ssid": "大" * 11}, "a Chinese character takes 3"),
        ({"ssid": "a\0b"}, "visible characters"),
        ({"ssid": "\ud800"}, "ssid"),
        ({"ssid": "Lobby\nwpa=2"}, "visible characters"),
        ({"country": "XX"}, "country of the list"),
        ({"country": "de"}, "pattern"),
        ({"country": "DE\n"}, "pattern"),
        ({"country": "US", "channel": 13}, "Channels 12 and 13 are not allowed"),
        ({"country": "US", "channel": 14}, "1 to 13, or 36"),
        ({"most_phones": 0}, "greater than or equal to 1"),
        ({"phone_kbit": -1}, "greater than or equal to 64"),
        ({"open_names": ["*.example.org"]}, "pattern"),
        ({"open_names": ["a\0.example.org"]}, "pattern"),
        ({"open_names": ["shop.example.org\n"]}, "pattern"),
        ({"open_names": [f"s{number}.example.org" for number in range(65)]}, "at most 64 items"),
        ({"radio": "wlan1"}, "Extra inputs"),
    ],
)
def test_a_plan_that_no_box_could_carry_out_is_refused(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        plan(**fields)


def test_two_fields_are_enough() -> None:
    assert (plan().channel, plan().most_phones, plan().visit_minutes) == (6, 8, 30)


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_of_the_list_is_allowed_in_europe(channel: int) -> None:
    assert plan(channel=channel).is_5_ghz is (channel >= 36)


def test_the_countries_are_those_of_iso_3166() -> None:
    assert len(COUNTRIES) == 249


@pytest.mark.parametrize("name", sorted(PROBE_NAMES))
def test_no_name_that_phones_probe_can_be_open_neither_above_nor_below(name: str) -> None:
    assert hides_portal(name)
    assert hides_portal(f"www.{name}")
    assert not hides_portal(f"not{name}")


def test_a_digest_does_not_depend_on_the_order_of_the_fields() -> None:
    assert digest_of({"ssid": "a", "channel": 1}) == digest_of({"channel": 1, "ssid": "a"})
    assert digest_of({"ssid": "a"}) != digest_of({"ssid": "b"})
