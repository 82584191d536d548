from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from player.hotspot.access_point import render_hostapd
from player.hotspot.plan import HotspotPlan
from tests.player.hotspot.plans import PLAN, PLANS, needs


@needs("hostapd")
@pytest.mark.parametrize("plan", PLANS)
def test_hostapd_takes_its_configuration(plan: HotspotPlan, tmp_path: Path) -> None:
    """On a machine without a radio it ends after reading the file, and says of a bad line which one it is."""
    conf = tmp_path / "hostapd.conf"
    conf.write_text(render_hostapd(plan).replace("/run/hostapd", str(tmp_path)))
    checked = subprocess.run(["hostapd", conf], capture_output=True, text=True, check=False, timeout=20)
    assert "configuration item" not in checked.stdout
    assert "errors found" not in checked.stdout
    assert "nl80211" in checked.stdout


def test_phones_do_not_see_each_other() -> None:
    assert "ap_isolate=1" in render_hostapd(PLAN).splitlines()


def test_a_line_break_in_the_name_begins_no_other_setting() -> None:
    hostile = PLAN.model_copy(update={"ssid": "x\nwpa=2"})
    assert render_hostapd(hostile).count("\n") == render_hostapd(PLAN).count("\n")
    assert "ssid2=780a7770613d32" in render_hostapd(hostile).splitlines()


@pytest.mark.parametrize(("channel", "mode", "ac"), [(6, "g", 0), (36, "a", 1)])
def test_the_channel_decides_the_band(channel: int, mode: str, ac: int) -> None:
    lines = render_hostapd(PLAN.model_copy(update={"channel": channel})).splitlines()
    assert {f"hw_mode={mode}", f"channel={channel}", f"ieee80211ac={ac}"} <= set(lines)
