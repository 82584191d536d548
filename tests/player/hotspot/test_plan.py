"""A plan that no radio, DHCP server or firewall could carry out is refused with the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from media.environ import BadSetting
from player.hotspot.plan import HotspotPlan, read_plan


def plan(**fields: Any) -> HotspotPlan:
    return HotspotPlan.model_validate({"ssid": "Lobby", "country": "DE", **fields})


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"ssid": "大堂无线网络请扫码领取优惠"}, "a Chinese character takes 3"),
        ({"ssid": ""}, "1 to 32 bytes"),
        ({"ssid": "Lobby\nwpa=2"}, "visible characters"),
        ({"ssid": "Lobby "}, "spaces at the ends"),
        ({"country": "Germany"}, "pattern"),
        ({"channel": 14}, "1 to 13, or 36"),
        ({"channel": 52}, "1 to 13, or 36"),
        ({"radio": "wlan0;reboot"}, "pattern"),
        ({"uplink": "-j"}, "pattern"),
        ({"radio": "eth0"}, "two interfaces"),
        ({"address": "203.0.113.1/24"}, "private"),
        ({"address": "10.42.0.1/27", "most_phones": 8}, "use a shorter prefix"),
        ({"address6": "2001:db8::1/64"}, "private address with the length /64"),
        ({"address6": "fd00::1/48"}, "private address with the length /64"),
        ({"open_names": ["shop example.com"]}, "pattern"),
        ({"open_names": ["shop.example.com/4#inet"]}, "pattern"),
        ({"open_names": ["com"]}, "pattern"),
        ({"open_names": ["captive.apple.com"]}, "would hide the portal"),
        ({"open_names": ["apple.com"]}, "would hide the portal"),
        ({"portal_name": "box"}, "pattern"),
        ({"visit_minutes": 0}, "greater than or equal to 1"),
        ({"minutes": 3}, "Extra inputs"),
    ],
)
def test_a_plan_that_cannot_work_is_refused(fields: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        plan(**fields)


def test_names_are_lower_case_and_named_once() -> None:
    names = plan(open_names=["Shop.Example.com", "shop.example.com", "pay.example.org"]).open_names
    assert names == ("shop.example.com", "pay.example.org")


def test_a_name_that_only_ends_like_a_probe_may_be_open() -> None:
    assert plan(open_names=["pineapple.com"]).open_names == ("pineapple.com",)


def test_ssids_of_32_bytes_and_other_scripts_are_taken() -> None:
    assert plan(ssid="大堂 WiFi").ssid == "大堂 WiFi"
    assert len(plan(ssid="x" * 32).ssid) == 32


def written(folder: Path, text: str) -> Path:
    file = folder / "plan.json"
    file.write_text(text)
    return file


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"ssid": "Lobby"}', "country: Field required"),
        ("{", "Invalid JSON"),
        ('{"ssid": "Lobby", "country": "DE", "minutes": 3}', "minutes: Extra inputs"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_with_one_sentence(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(BadSetting, match=why):
        read_plan(written(tmp_path, text))


def test_without_a_plan_a_box_is_no_hotspot(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="has no hotspot"):
        read_plan(None)
    with pytest.raises(BadSetting, match="cannot be read"):
        read_plan(tmp_path / "nothing")
