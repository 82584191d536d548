"""The files are checked by the real programs before they take the place of those in force."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from player.hotspot import configurations
from player.hotspot.configurations import DNSMASQ_CONF, HOSTAPD_CONF, Configurations, run_check
from player.hotspot.plan import HotspotPlan
from player.hotspot.plan_store import PlanRefused

PLANS = [
    HotspotPlan(ssid="大堂 WiFi", country="CN"),
    HotspotPlan(ssid="☕", country="US", channel=48, open_names=("shop.example.com",)),
]


def needs(program: str) -> Any:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@needs("hostapd")
@needs("dnsmasq")
@pytest.mark.parametrize("plan", PLANS)
def test_both_programs_take_the_files_of_a_plan(plan: HotspotPlan, tmp_path: Path) -> None:
    files = Configurations(tmp_path, leases=tmp_path / "leases")
    files.prepare(plan)
    assert files.install() == [HOSTAPD_CONF, DNSMASQ_CONF]
    files.prepare(plan)
    assert files.install() == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [DNSMASQ_CONF, HOSTAPD_CONF]


@needs("hostapd")
@pytest.mark.parametrize("line", ["hw_mode=q", "channel", "country_code=Germany", "no_such_thing=1"])
def test_hostapd_refuses_a_file_with_an_error_and_says_which(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(configurations, "render_hostapd", lambda _: f"interface=wlan0\n{line}\n")
    with pytest.raises(PlanRefused, match="Line 2"):
        Configurations(tmp_path, leases=tmp_path / "leases").prepare(PLANS[0])
    assert not (tmp_path / HOSTAPD_CONF).exists()


@needs("dnsmasq")
def test_dnsmasq_refuses_a_file_with_an_error_and_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(configurations, "render_dnsmasq", lambda *_, **__: "interface=wlan0\ndhcp-range=everywhere\n")
    with pytest.raises(PlanRefused, match="line 2"):
        Configurations(tmp_path, leases=tmp_path / "leases").prepare(PLANS[0])


def test_a_program_that_is_not_there_says_nothing() -> None:
    assert run_check(["no-such-program-of-a-hotspot"]) == ""
